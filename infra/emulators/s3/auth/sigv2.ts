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

export interface SignatureV2 {
  /** `/bucket/key`, percent-encoded as sent, wherever the bucket was named. */
  readonly resource: string;
  /** The query parameter as sent: seconds since the epoch. */
  readonly expires: string;
  /** Base64. */
  readonly value: string;
}

/** Whether the request carries the signature that `secret` makes for it. */
export function verifySignatureV2(
  request: SignedRequest,
  signature: SignatureV2,
  secret: string,
): boolean {
  const stringToSign = [
    request.method,
    request.headers['content-md5'] ?? '',
    request.headers['content-type'] ?? '',
    signature.expires,
    ...amzHeaders(request),
    canonicalResource(signature.resource, request.query),
  ].join('\n');
  return isSignedTextV2(stringToSign, signature.value, secret);
}

/** Whether `value`, in base64, is the signature that `secret` makes of a text. */
export function isSignedTextV2(text: string, value: string, secret: string): boolean {
  const expected = createHmac('sha1', secret).update(text).digest();
  const actual = Buffer.from(value, 'base64');
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

function amzHeaders({ headers }: SignedRequest): string[] {
  return Object.entries(headers)
    .filter(([name]) => name.startsWith('x-amz-'))
    .map(([name, value]) => `${name}:${(value ?? '').trim()}`)
    .sort();
}

function canonicalResource(resource: string, query: URLSearchParams): string {
  const signed = [...query]
    .filter(([name]) => SIGNED_PARAMETERS.has(name) || name.startsWith('response-'))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .sort();
  return signed.length === 0 ? resource : `${resource}?${signed.join('&')}`;
}
