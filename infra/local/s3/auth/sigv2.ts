/**
 * Signature Version 2 in the query of a URL, from the server's side. AWS retired it for new
 * buckets, but boto3 and the AWS CLI still presign with it for endpoints of one's own. Pure.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SignedRequest } from './sigv4.ts';

/** The query parameters that are part of the signed resource, besides `response-*`. */
const SIGNED_PARAMETERS = new Set([
  'acl',
  'cors',
  'delete',
  'lifecycle',
  'location',
  'logging',
  'notification',
  'partNumber',
  'policy',
  'requestPayment',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versionId',
  'versioning',
  'versions',
  'website',
]);

/**
 * Whether `signature` (base64) is the one that `secret` makes for the request. `expires` is the
 * query parameter as sent: seconds since the epoch.
 */
export function verifySignatureV2(
  request: SignedRequest,
  expires: string,
  signature: string,
  secret: string,
): boolean {
  const stringToSign = [
    request.method,
    request.headers['content-md5'] ?? '',
    request.headers['content-type'] ?? '',
    expires,
    ...amzHeaders(request),
    resource(request),
  ].join('\n');
  const expected = createHmac('sha1', secret).update(stringToSign).digest();
  const actual = Buffer.from(signature, 'base64');
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

function amzHeaders({ headers }: SignedRequest): string[] {
  return Object.entries(headers)
    .filter(([name]) => name.startsWith('x-amz-'))
    .map(([name, value]) => `${name}:${(value ?? '').trim()}`)
    .sort();
}

function resource({ path, query }: SignedRequest): string {
  const signed = [...query]
    .filter(([name]) => SIGNED_PARAMETERS.has(name) || name.startsWith('response-'))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .sort();
  return signed.length === 0 ? path : `${path}?${signed.join('&')}`;
}
