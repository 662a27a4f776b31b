/**
 * Signature Version 4 for S3, from the server's side. Pure.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 * S3 differs from other services: the path is encoded once, and not normalised.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Headers } from '../http/request.ts';

export interface SignedRequest {
  readonly method: string;
  /** Percent-encoded, as sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
}

export interface Signature {
  readonly accessKeyId: string;
  /** `<yyyymmdd>/<region>/<service>/aws4_request` */
  readonly scope: string;
  /** `yyyymmddThhmmssZ` */
  readonly timestamp: string;
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits. */
  readonly value: string;
  /** SHA-256 of the body in hex, or one of S3's words for not having it. */
  readonly payloadHash: string;
}

/** Whether the request carries the signature that `secret` makes for it. */
export function verifySignature(
  request: SignedRequest,
  signature: Signature,
  secret: string,
): boolean {
  const canonical = [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query),
    ...signature.signedHeaders.map((name) => `${name}:${canonicalValue(request.headers[name])}`),
    '',
    signature.signedHeaders.join(';'),
    signature.payloadHash,
  ].join('\n');
  const stringToSign = [
    'AWS4-HMAC-SHA256',
    signature.timestamp,
    signature.scope,
    createHash('sha256').update(canonical).digest('hex'),
  ].join('\n');
  return isSignedText(stringToSign, signature, secret);
}

/** Whether the signature is the one that `secret` makes of a text within the scope. */
export function isSignedText(
  text: string,
  { scope, value }: Pick<Signature, 'scope' | 'value'>,
  secret: string,
): boolean {
  const signingKey = scope
    .split('/')
    .reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`));
  const expected = hmac(signingKey, text);
  const actual = Buffer.from(value, 'hex');
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** RFC 3986: everything but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Clients differ in which characters they escape in the path they send; the canonical one is one. */
function canonicalPath(path: string): string {
  return path
    .split('/')
    .map((segment) => encode(decodeURIComponent(segment)))
    .join('/');
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}

function canonicalValue(value: string | undefined): string {
  return (value ?? '').trim().replace(/ +/g, ' ');
}
