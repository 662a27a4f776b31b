/** Signature verification against the examples that AWS publishes. */
import { describe, expect, it } from 'vitest';
import { verifySignatureV2 } from '../../infra/emulators/s3/auth/sigv2.ts';
import { type Signature, verifySignature } from '../../infra/emulators/s3/auth/sigv4.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const HOST = 'examplebucket.s3.amazonaws.com';
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const signature = (
  more: Pick<Signature, 'signedHeaders' | 'value' | 'payloadHash'>,
): Signature => ({
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  scope: '20130524/us-east-1/s3/aws4_request',
  timestamp: '20130524T000000Z',
  ...more,
});

// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
describe('Signature Version 4 in a header', () => {
  const common = {
    host: HOST,
    'x-amz-date': '20130524T000000Z',
    'x-amz-content-sha256': EMPTY_SHA256,
  };
  const signedHeaders = ['host', 'x-amz-content-sha256', 'x-amz-date'];

  it('of GetObject', () => {
    const request = {
      method: 'GET',
      path: '/test.txt',
      query: new URLSearchParams(),
      headers: { ...common, range: 'bytes=0-9' },
    };
    const value = 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41';
    const signed = signature({
      signedHeaders: ['host', 'range', 'x-amz-content-sha256', 'x-amz-date'],
      payloadHash: EMPTY_SHA256,
      value,
    });
    expect(verifySignature(request, signed, SECRET)).toBe(true);
    expect(verifySignature({ ...request, path: '/test2.txt' }, signed, SECRET)).toBe(false);
    expect(verifySignature({ ...request, method: 'PUT' }, signed, SECRET)).toBe(false);
    expect(verifySignature(request, signed, `${SECRET}x`)).toBe(false);
    expect(verifySignature(request, { ...signed, value: '' }, SECRET)).toBe(false);
  });

  it.each([
    [
      'GetBucketLifecycle',
      'lifecycle',
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ],
    [
      'ListObjects',
      'max-keys=2&prefix=J',
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
  ])('of %s', (_operation, query, value) => {
    const request = {
      method: 'GET',
      path: '/',
      query: new URLSearchParams(query),
      headers: common,
    };
    const signed = signature({ signedHeaders, payloadHash: EMPTY_SHA256, value });
    expect(verifySignature(request, signed, SECRET)).toBe(true);
  });
});

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
it('Signature Version 4 in a query', () => {
  const value = 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
  const query = new URLSearchParams({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request',
    'X-Amz-Date': '20130524T000000Z',
    'X-Amz-Expires': '86400',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': value,
  });
  const request = { method: 'GET', path: '/test.txt', query, headers: { host: HOST } };
  const payloadHash = 'UNSIGNED-PAYLOAD';
  const signed = signature({ signedHeaders: ['host'], payloadHash, value });
  expect(verifySignature(request, signed, SECRET)).toBe(true);
  query.set('X-Amz-Expires', '86401');
  expect(verifySignature(request, signed, SECRET)).toBe(false);
});

// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
it('Signature Version 2 in a query', () => {
  const request = {
    method: 'GET',
    path: '/photos/puppy.jpg',
    query: new URLSearchParams({ AWSAccessKeyId: 'AKIAIOSFODNN7EXAMPLE', Expires: '1175139620' }),
    headers: {},
  };
  const signed = {
    resource: '/johnsmith/photos/puppy.jpg',
    expires: '1175139620',
    value: 'NpgCjnDzrM+WFzoENXmpNDUsSn8=',
  };
  expect(verifySignatureV2(request, signed, SECRET)).toBe(true);
  expect(verifySignatureV2(request, { ...signed, expires: '1175139621' }, SECRET)).toBe(false);
});
