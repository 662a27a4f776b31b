/** What is refused, each with its type and text: those that AWS documents, or users of AWS have published. */
import { describe, expect, it } from 'vitest';
import type { AuthenticationOptions, GatewayEvent } from '../../../layers/protocol/index.ts';
import { authentication } from '../../../layers/protocol/index.ts';
import {
  aws4,
  type ClientRequest,
  eventOf,
  KEY,
  NOW,
  OPTIONS,
  type SigningOptions,
  sdkRequest,
  smithy,
} from './support/requests.ts';

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
const UNKNOWN = 'The security token included in the request is invalid.';
const MINUTE = 60_000;

/** What becomes of a request. */
async function outcome(
  request: ClientRequest,
  { event, ...more }: Partial<AuthenticationOptions> & { event?: Partial<GatewayEvent> } = {},
) {
  const authenticate = authentication({
    keys: { find: async (id) => (id === KEY.id ? KEY : undefined) },
    now: () => NOW.getTime(),
    ...more,
  });
  try {
    return await authenticate(eventOf(request, event), request.body);
  } catch (error) {
    return error instanceof Error ? [error.name, error.message] : error;
  }
}

const signed = (options: Partial<SigningOptions> = {}) =>
  smithy({ checksum: true })(sdkRequest('ListFaces', { CollectionId: 'c' }), {
    ...OPTIONS,
    ...options,
  });

const withHeaders = (request: ClientRequest, headers: Record<string, string>) => ({
  ...request,
  headers: { ...request.headers, ...headers },
});

/** The same request with something else in its Authorization header. */
function reauthorized(request: ClientRequest, pattern: RegExp | string, replacement: string) {
  const authorization = request.headers['authorization'] ?? '';
  const changed = authorization.replace(pattern, replacement);
  expect(changed).not.toBe(authorization);
  return withHeaders(request, { authorization: changed });
}

it('accepts what the tests below change', async () => {
  expect(await outcome(await signed())).toMatchObject({ accessKeyId: KEY.id });
});

describe('a signature that does not match', () => {
  it.each([true, false])(
    'has a body that was changed (checksum in a header: %s)',
    async (checksum) => {
      const request = await smithy({ checksum })(sdkRequest('ListFaces'), OPTIONS);
      const tampered = { ...request, body: Buffer.from('{"MaxResults":1}') };
      expect(await outcome(tampered)).toEqual(['InvalidSignatureException', MISMATCH]);
    },
  );

  it('names another operation', async () => {
    const request = withHeaders(await signed(), {
      'x-amz-target': 'RekognitionService.DeleteCollection',
    });
    expect(await outcome(request)).toEqual(['InvalidSignatureException', MISMATCH]);
  });

  it('is used on another path', async () => {
    const body = { ...sdkRequest('x'), headers: { host: 'h' }, path: '/ListFaces' };
    const request = await aws4(body, OPTIONS);
    expect(await outcome(request)).toMatchObject({ accessKeyId: KEY.id });
    expect(await outcome({ ...request, path: '/DeleteFaces' })).toEqual([
      'InvalidSignatureException',
      MISMATCH,
    ]);
  });

  it('is made with another secret', async () => {
    const request = await signed({ key: { ...KEY, secret: `${KEY.secret}x` } });
    expect(await outcome(request)).toEqual(['InvalidSignatureException', MISMATCH]);
  });

  it.each([
    ['cut short', /Signature=./, 'Signature='],
    ['of other letters', /Signature=../, 'Signature=zz'],
    ['that covers a header which is not there', 'SignedHeaders=', 'SignedHeaders=accept;'],
  ])('is one %s', async (_, pattern, replacement) => {
    const request = reauthorized(await signed(), pattern, replacement);
    expect(await outcome(request)).toEqual(['InvalidSignatureException', MISMATCH]);
  });

  it('has half a character in its path, which no client can sign', async () => {
    const request = { ...(await signed()), path: '/\ud800' };
    expect(await outcome(request)).toEqual(['InvalidSignatureException', MISMATCH]);
  });
});

describe('a signature for something else', () => {
  it.each([
    [
      'another region than the configured ones',
      { region: 'us-west-2' },
      'Credential should be scoped to a valid Region, not us-west-2',
    ],
    [
      'another service',
      { service: 'execute-api' },
      "Credential should be scoped to correct service: 'rekognition'.",
    ],
  ])('is for %s', async (_, options, message) => {
    const regions = ['eu-central-1', 'eu-west-1'];
    expect(await outcome(await signed({ region: 'eu-west-1' }), { regions })).toMatchObject({
      accessKeyId: KEY.id,
    });
    expect(await outcome(await signed(options), { regions })).toEqual([
      'InvalidSignatureException',
      message,
    ]);
  });

  it.each([
    ['ends otherwise', /aws4_request/, 'aws5_request', /valid terminator: 'aws4_request'/],
    [
      'is for no region',
      '/eu-central-1/',
      '//',
      /^Credential should be scoped to a valid Region, not $/,
    ],
    [
      'is of another day than its time',
      '/20261122/',
      '/20261121/',
      /^Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP$/,
    ],
  ])('has a scope that %s', async (_, pattern, replacement, message) => {
    const request = reauthorized(await signed(), pattern, replacement);
    expect(await outcome(request)).toEqual([
      'InvalidSignatureException',
      expect.stringMatching(message),
    ]);
  });
});

describe('the time of a signature', () => {
  it.each([
    [
      -16 * MINUTE,
      'Signature expired: 20261122T114400Z is now earlier than 20261122T114500Z (20261122T120000Z - 15 min.)',
    ],
    [
      16 * MINUTE,
      'Signature not yet current: 20261122T121600Z is still later than 20261122T121500Z (20261122T120000Z + 15 min.)',
    ],
    [
      -15 * MINUTE - 1000,
      'Signature expired: 20261122T114459Z is now earlier than 20261122T114500Z (20261122T120000Z - 15 min.)',
    ],
  ])('is refused at %i ms', async (offset, message) => {
    const request = await signed({ date: new Date(NOW.getTime() + offset) });
    expect(await outcome(request)).toEqual(['InvalidSignatureException', message]);
  });

  it.each([-15 * MINUTE, 15 * MINUTE])('is good at %i ms', async (offset) => {
    const request = await signed({ date: new Date(NOW.getTime() + offset) });
    expect(await outcome(request)).toMatchObject({ accessKeyId: KEY.id });
  });

  it.each(['20261322T000000Z', '2026-11-22T12:00:00Z', 'yesterday'])(
    'cannot be %s',
    async (date) => {
      const request = withHeaders(await signed(), { 'x-amz-date': date });
      expect(await outcome(request)).toEqual([
        'IncompleteSignatureException',
        `Date must be in ISO-8601 'basic format'. Got '${date}'.`,
      ]);
    },
  );
});

describe('what a signature must cover', () => {
  it.each([
    ['x-amz-date', "'x-amz-date' must be a 'SignedHeader' in the AWS Authorization."],
    ['x-amz-target', "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization."],
    [
      'x-amz-content-sha256',
      "'x-amz-content-sha256' must be a 'SignedHeader' in the AWS Authorization.",
    ],
    ['host', "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."],
  ])('is %s', async (name, message) => {
    const request = reauthorized(await signed(), new RegExp(`${name};?`), '');
    expect(await outcome(request)).toEqual(['InvalidSignatureException', message]);
  });

  it('is any other header of AWS that comes along', async () => {
    const request = withHeaders(await signed(), { 'X-Amz-Added': '1' });
    expect(await outcome(request)).toEqual([
      'InvalidSignatureException',
      "'x-amz-added' must be a 'SignedHeader' in the AWS Authorization.",
    ]);
  });

  it.each([
    'UNSIGNED-PAYLOAD',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  ])('is the body, and not %s', async (hash) => {
    const unsigned = withHeaders(sdkRequest('ListFaces'), { 'x-amz-content-sha256': hash });
    expect(await outcome(await aws4(unsigned, OPTIONS))).toEqual([
      'InvalidSignatureException',
      `The value of x-amz-content-sha256 must be the SHA-256 of the body in hexadecimal, not ${hash}.`,
    ]);
  });
});

describe('an incomplete request', () => {
  const unsigned = sdkRequest('ListFaces');

  it.each([undefined, '', '   '])('has no Authorization: %j', async (authorization) => {
    const headers = authorization === undefined ? {} : { authorization };
    expect(await outcome(withHeaders(unsigned, headers))).toEqual([
      'MissingAuthenticationTokenException',
      'Missing Authentication Token',
    ]);
  });

  it('is one signed in its query, which this service does not take', async () => {
    const request = { ...unsigned, query: { 'X-Amz-Signature': ['0'.repeat(64)] } };
    expect(await outcome(request)).toEqual([
      'MissingAuthenticationTokenException',
      'Missing Authentication Token',
    ]);
  });

  const NEEDS = (name: string) => `Authorization header requires '${name}' parameter.`;
  const NO_DATE =
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
  const ALL = [NEEDS('Credential'), NEEDS('Signature'), NEEDS('SignedHeaders'), NO_DATE].join(' ');
  const FIVE =
    'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.';
  const BEARER = "'Bearer' must be followed by <access key id>.<secret access key>.";

  it.each([
    ['Basic dXNlcjpzZWNyZXQ=', ALL],
    ['AWS4-HMAC-SHA256', ALL],
    ['AWS4-ECDSA-P256-SHA256 Credential=a, SignedHeaders=b, Signature=c', ALL],
    ['AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b', `${NEEDS('Signature')} ${NO_DATE}`],
    ['AWS4-HMAC-SHA256 SignedHeaders=b, Signature=c', `${NEEDS('Credential')} ${NO_DATE}`],
    ['AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c', NO_DATE],
    ['Bearer', BEARER],
    ['Bearer secret-without-id', BEARER],
    [`Bearer ${KEY.id}.`, BEARER],
    [`Bearer .${KEY.secret}`, BEARER],
  ])('says %s', async (authorization, message) => {
    expect(await outcome(withHeaders(unsigned, { authorization }))).toEqual([
      'IncompleteSignatureException',
      message,
    ]);
  });

  it.each(['AKIA', 'AKIA/20261122/rekognition/aws4_request', '/a/b/c/d', 'a/b/c/d/e/f'])(
    'has the credential %s',
    async (credential) => {
      const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`;
      const request = withHeaders(unsigned, { authorization, 'x-amz-date': '20261122T120000Z' });
      expect(await outcome(request)).toEqual(['IncompleteSignatureException', FIVE]);
    },
  );
});

describe('a key', () => {
  it('is unknown', async () => {
    const request = await signed({ key: { ...KEY, id: 'AKIAZZZZZZZZZZZZZZZZ' } });
    expect(await outcome(request)).toEqual(['UnrecognizedClientException', UNKNOWN]);
  });

  it('has no session token, so one that comes with it is not valid', async () => {
    const request = await signed({ sessionToken: 'FwoGZXIvYXdzE' });
    expect(await outcome(request)).toEqual(['UnrecognizedClientException', UNKNOWN]);
  });

  it.each([
    ['the moment it expires', NOW, true],
    ['a millisecond before', new Date(NOW.getTime() + 1), false],
  ])('is refused from %s', async (_, expires, refused) => {
    const keys = { find: async () => ({ ...KEY, expires }) };
    const authorization = `Bearer ${KEY.id}.${KEY.secret}`;
    const bearer = withHeaders(sdkRequest('ListFaces'), { authorization });
    for (const request of [await signed(), bearer]) {
      expect(await outcome(request, { keys })).toEqual(
        refused
          ? ['ExpiredTokenException', 'The security token included in the request is expired']
          : expect.objectContaining({ accessKeyId: KEY.id }),
      );
    }
  });

  it('that has expired says so only to those who have its secret', async () => {
    const keys = { find: async () => ({ ...KEY, expires: new Date(0) }) };
    const request = await signed({ key: { ...KEY, secret: 'guessed' } });
    expect(await outcome(request, { keys })).toEqual(['InvalidSignatureException', MISMATCH]);
  });
});

describe('a bearer token', () => {
  const bearer = (authorization: string) => withHeaders(sdkRequest('ListFaces'), { authorization });

  it.each(['Bearer', 'bearer'])('is accepted after %s', async (scheme) => {
    const request = bearer(`${scheme} ${KEY.id}.${KEY.secret}`);
    expect(await outcome(request)).toMatchObject({ accessKeyId: KEY.id });
  });

  it.each([
    ['another secret', `${KEY.id}.${KEY.secret.slice(0, -1)}X`],
    ['a shorter secret', `${KEY.id}.${KEY.secret.slice(0, -1)}`],
    ['a longer secret', `${KEY.id}.${KEY.secret}X`],
    ['another id', `AKIAZZZZZZZZZZZZZZZZ.${KEY.secret}`],
  ])('with %s is refused like any unknown key', async (_, token) => {
    expect(await outcome(bearer(`Bearer ${token}`))).toEqual([
      'UnrecognizedClientException',
      UNKNOWN,
    ]);
  });
});
