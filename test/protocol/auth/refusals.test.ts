/** Signatures that are refused, each with its type and text: those of AWS's documentation and its users. */
import { describe, expect, it } from 'vitest';
import { MISMATCH, outcome, reauthorized, signed, withHeaders } from './support/outcome.ts';
import { aws4, KEY, NOW, OPTIONS, sdkRequest, smithy } from './support/requests.ts';

const MINUTE = 60_000;

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

  it('is the Date that stands for X-Amz-Date', async () => {
    const { 'x-amz-date': _, ...headers } = (await signed()).headers;
    const dated = { ...(await signed()), headers: { ...headers, date: NOW.toUTCString() } };
    expect(await outcome(reauthorized(dated, 'x-amz-date;', ''))).toEqual([
      'InvalidSignatureException',
      "'date' must be a 'SignedHeader' in the AWS Authorization.",
    ]);
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
