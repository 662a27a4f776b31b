/** What signers of other projects sign is accepted, whatever is signed; whatever is changed, is not. */
import { sign } from 'aws4';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authentication, receive } from '../../../layers/protocol/index.ts';
import {
  aws4,
  type ClientRequest,
  eventOf,
  HOST,
  KEY,
  NOW,
  OPTIONS,
  type Signer,
  smithy,
} from './support/requests.ts';

const SIGNERS: [string, Signer][] = [
  ['@smithy/signature-v4 as the SDK uses it', smithy({ checksum: true })],
  ['@smithy/signature-v4 without a checksum', smithy({ checksum: false })],
  ['aws4', aws4],
];

const authenticate = authentication({
  keys: { find: async (id) => (id === KEY.id ? KEY : undefined) },
  now: () => NOW.getTime(),
});

const verify = (request: ClientRequest) => authenticate(receive(eventOf(request)));

const segment = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 6 }).map(encodeURIComponent),
  fc.constantFrom('', '.', '..', '%2F', '%252f', 'a+b', "!'()*", ':@$,;=&'),
);
const path = fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join('/')}`);
const text = fc.string({ unit: 'grapheme', maxLength: 8 });
const query = fc.dictionary(
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 6 })
    .filter((name) => name !== '__proto__'),
  fc.array(text, { minLength: 1, maxLength: 3 }),
  { maxKeys: 4 },
);
/** What may stand in a header on the wire; a no-break space is white space to one signer only. */
const value = fc
  .string({ unit: fc.constantFrom(...' \t,;:="\\aZ09~\u00e4\u00ff'), maxLength: 12 })
  .map((inner) => `x${inner}`);
const headers = fc.dictionary(fc.stringMatching(/^x-(amz-)?test-[a-z0-9]{0,5}$/), value, {
  maxKeys: 4,
});
const request: fc.Arbitrary<ClientRequest> = fc.record({
  method: fc.constantFrom('POST', 'GET', 'PUT'),
  path,
  query,
  headers: headers.map((more) => ({
    host: HOST,
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'RekognitionService.ListFaces',
    ...more,
  })),
  body: fc.uint8Array({ minLength: 1, maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
});

describe.each(SIGNERS)('a signature by %s', (_, signer) => {
  it('is accepted, whatever it signs', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (unsigned) => {
        const principal = await verify(await signer(unsigned, OPTIONS));
        expect(principal).toEqual({ accessKeyId: KEY.id, operations: 'all', collections: '*' });
      }),
      { numRuns: 300 },
    );
  });

  it('holds for any region, secret and moment within fifteen minutes', async () => {
    const options = fc.record({
      secret: fc.string({ unit: 'grapheme', minLength: 1 }),
      region: fc.stringMatching(/^[a-z]{2}-[a-z]{4,9}-[1-9]$/),
      offset: fc.integer({ min: -900, max: 900 }),
    });
    await fc.assert(
      fc.asyncProperty(request, options, async (unsigned, { secret, region, offset }) => {
        const key = { ...KEY, secret };
        const date = new Date(NOW.getTime() + offset * 1000);
        const signed = await signer(unsigned, { ...OPTIONS, key, region, date });
        const own = authentication({
          keys: { find: async () => key },
          now: () => NOW.getTime(),
          regions: [region],
        });
        expect(await own(receive(eventOf(signed)))).toMatchObject({ accessKeyId: KEY.id });
      }),
      { numRuns: 100 },
    );
  });

  const flipped = (bytes: Buffer, at: number) => {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at % bytes.length) ^ 1, at % bytes.length);
    return changed;
  };
  const CHANGES: [string, (signed: ClientRequest, at: number) => ClientRequest][] = [
    ['a bit of the body', (signed, at) => ({ ...signed, body: flipped(signed.body, at) })],
    ['a body cut short', (signed) => ({ ...signed, body: signed.body.subarray(1) })],
    ['the method', (signed) => ({ ...signed, method: 'DELETE' })],
    ['the path', (signed) => ({ ...signed, path: `${signed.path}x` })],
    ['the query', (signed) => ({ ...signed, query: { ...signed.query, 'more?': [''] } })],
    [
      'a header',
      (signed) => ({ ...signed, headers: { ...signed.headers, host: 'other.example' } }),
    ],
    [
      'the operation',
      (signed) => ({
        ...signed,
        headers: { ...signed.headers, 'x-amz-target': 'RekognitionService.DeleteCollection' },
      }),
    ],
  ];
  it.each(CHANGES)('does not cover %s once that is changed', async (_name, change) => {
    await fc.assert(
      fc.asyncProperty(request, fc.nat(), async (unsigned, at) => {
        const changed = change(await signer(unsigned, OPTIONS), at);
        await expect(verify(changed)).rejects.toMatchObject({
          name: 'InvalidSignatureException',
          message: expect.stringMatching(/^The request signature we calculated does not match/),
        });
      }),
      { numRuns: 40 },
    );
  });
});

describe('what a gateway changes on the way', () => {
  const signed = async (path: string) =>
    smithy({ checksum: true })(
      {
        method: 'POST',
        path,
        query: {},
        headers: { host: HOST, 'content-length': '2', 'x-amz-target': 'RekognitionService.Any' },
        body: Buffer.from('{}'),
      },
      OPTIONS,
    );

  it.each([
    ['/prod/', '/', '/prod/'],
    ['/prod', '/', '/prod/'],
    ['/prod/', '/', '/prod'],
    ['/prod/IndexFaces', '/IndexFaces', '/prod/IndexFaces'],
    ['/IndexFaces', '/IndexFaces', '/prod/IndexFaces'],
    ['/', '/', '/prod/'],
  ])('a signed %s arrives as %s of %s', async (client, path, full) => {
    const request = await signed(client);
    const requestContext = { requestId: 'r', accountId: '123456789012', path: full };
    const event = eventOf(request, { path, requestContext });
    expect(await authenticate(receive(event))).toMatchObject({ accessKeyId: KEY.id });
  });

  it('takes the path without the stage where that is all there is', async () => {
    const request = await signed('/IndexFaces');
    const requestContext = { requestId: 'r', accountId: '123456789012' };
    const event = eventOf(request, { requestContext });
    expect(await authenticate(receive(event))).toMatchObject({ accessKeyId: KEY.id });
  });

  it('adds headers, keeps back Content-Length, writes names in capitals', async () => {
    const request = await signed('/');
    const { 'content-length': _, ...rest } = request.headers;
    const headers = Object.fromEntries(
      Object.entries(rest).map(([name, value]) => [name.toUpperCase(), value]),
    );
    const event = eventOf(
      { ...request, headers: { ...headers, 'X-Amz-Cf-Id': 'abc', Via: '1.1 cloudfront' } },
      {},
    );
    expect(await authenticate(receive(event))).toMatchObject({ accessKeyId: KEY.id });
  });

  it('hands on every value of a header that came repeatedly', async () => {
    const unsigned = { host: HOST, 'x-amz-target': 'RekognitionService.Any', 'x-many': 'a  b,c' };
    const request = await aws4({ ...(await signed('/')), headers: unsigned }, OPTIONS);
    const event = eventOf(
      { ...request, headers: { ...request.headers, 'x-many': 'c' } },
      { multiValueHeaders: { 'X-Many': ['a  b', 'c'] } },
    );
    expect(await authenticate(receive(event))).toMatchObject({ accessKeyId: KEY.id });
  });

  it('is another host, which clients did not sign, unless it is configured', async () => {
    const request = await signed('/');
    const event = eventOf({ ...request, headers: { ...request.headers, host: '10.0.0.7:8000' } });
    const forwarded = { ...event, headers: { ...event.headers, 'X-Forwarded-Host': HOST } };
    await expect(authenticate(receive(forwarded))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
    const behindProxy = authentication({
      keys: { find: async () => KEY },
      now: () => NOW.getTime(),
      publicHosts: ['www.example.org', HOST],
    });
    expect(await behindProxy(receive(event))).toMatchObject({ accessKeyId: KEY.id });
  });

  it('has the port in the host, as clients sign it', async () => {
    const request = await smithy({ checksum: false })(
      { ...(await signed('/')), headers: { host: `${HOST}:8000` } },
      OPTIONS,
    );
    expect(await verify(request)).toMatchObject({ accessKeyId: KEY.id });
  });

  it('has a Date in place of X-Amz-Date, as the specification allows', async () => {
    const body = Buffer.from('{}');
    const { headers = {} } = sign(
      {
        method: 'POST',
        path: '/',
        service: OPTIONS.service,
        region: OPTIONS.region,
        body,
        headers: { Host: HOST, Date: NOW.toUTCString() },
        doNotModifyHeaders: true,
      },
      { accessKeyId: KEY.id, secretAccessKey: KEY.secret },
    );
    const sent = Object.entries(headers).map(([name, value]) => [name, String(value)]);
    expect(sent.map(([name]) => name)).toEqual(['Host', 'Date', 'Authorization']);
    const request = {
      method: 'POST',
      path: '/',
      query: {},
      headers: Object.fromEntries(sent),
      body,
    };
    expect(await verify(request)).toMatchObject({ accessKeyId: KEY.id });
  });
});
