/**
 * Decides whether a request may be served.
 *
 * Every request must be signed, in the Authorization header or in a presigned URL, and a presigned
 * URL must not have expired. Without a credential lookup any well-formed signature is accepted,
 * which suits a server that listens on loopback; with one, the signature is verified too. The
 * signatures of single chunks inside an aws-chunked body are never verified.
 */
import { S3Error } from '../errors.ts';
import type { S3Request } from '../http/request.ts';
import { verifySignatureV2 } from './sigv2.ts';
import { type Signature, verifySignature } from './sigv4.ts';

/** The secret of an access key, or `undefined` if there is no such key. */
export type CredentialLookup = (accessKeyId: string) => string | undefined;

const MAX_SKEW_MS = 15 * 60 * 1000;
const MAX_EXPIRY_SECONDS = 7 * 24 * 3600;

const SCOPE = /^([^/]+)\/(\d{8}\/[^/]+\/[^/]+\/aws4_request)$/;
const TIMESTAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/**
 * Returns if the request may be served.
 * @throws S3Error AccessDenied, InvalidAccessKeyId, SignatureDoesNotMatch, RequestTimeTooSkewed,
 *   AuthorizationHeaderMalformed, AuthorizationQueryParametersError
 */
export function authenticate(
  request: S3Request,
  now: Date,
  credentials: CredentialLookup | undefined,
): void {
  const { query } = request;
  if (query.has('X-Amz-Signature')) {
    const signature = readQuery(request, now);
    verify(credentials, signature.accessKeyId, (secret) => isSigned(request, signature, secret));
  } else if (query.has('Signature')) {
    const { accessKeyId, ...signature } = readQueryV2(request, now);
    verify(credentials, accessKeyId, (secret) => verifySignatureV2(request, signature, secret));
  } else {
    const { signature, signedAt } = readHeader(request);
    if (credentials && Math.abs(now.getTime() - signedAt) > MAX_SKEW_MS) {
      throw new S3Error('RequestTimeTooSkewed');
    }
    verify(credentials, signature.accessKeyId, (secret) => isSigned(request, signature, secret));
  }
}

function verify(
  credentials: CredentialLookup | undefined,
  accessKeyId: string,
  matches: (secret: string) => boolean,
): void {
  if (!credentials) return;
  const secret = credentials(accessKeyId);
  if (secret === undefined) throw new S3Error('InvalidAccessKeyId');
  if (!matches(secret)) throw new S3Error('SignatureDoesNotMatch');
}

function isSigned(request: S3Request, signature: Signature, secret: string): boolean {
  // A signature that does not cover the host could be replayed elsewhere; S3 refuses it.
  return signature.signedHeaders.includes('host') && verifySignature(request, signature, secret);
}

function readHeader({ headers }: S3Request): { signature: Signature; signedAt: number } {
  if (headers.authorization === undefined) throw new S3Error('AccessDenied');
  const match =
    /^AWS4-HMAC-SHA256\s+Credential=([^,\s]+)[,\s]+SignedHeaders=([^,\s]+)[,\s]+Signature=([0-9a-f]{64})$/.exec(
      headers.authorization,
    );
  const scope = SCOPE.exec(match?.[1] ?? '');
  if (!match || !scope) throw new S3Error('AuthorizationHeaderMalformed');
  const timestamp = headers['x-amz-date'] ?? '';
  const signedAt = parseTimestamp(timestamp);
  if (signedAt === undefined) {
    throw new S3Error('AccessDenied', {
      message: 'AWS authentication requires a valid Date or x-amz-date header',
    });
  }
  const signature = {
    accessKeyId: scope[1]!,
    scope: scope[2]!,
    timestamp,
    signedHeaders: match[2]!.split(';'),
    value: match[3]!,
    payloadHash: headers['x-amz-content-sha256'] ?? '',
  };
  return { signature, signedAt };
}

function readQuery({ query, headers }: S3Request, now: Date): Signature {
  const scope = SCOPE.exec(query.get('X-Amz-Credential') ?? '');
  const timestamp = query.get('X-Amz-Date') ?? '';
  const signedAt = parseTimestamp(timestamp);
  const expires = Number(query.get('X-Amz-Expires') ?? Number.NaN);
  const value = query.get('X-Amz-Signature') ?? '';
  if (
    query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256' ||
    !scope ||
    signedAt === undefined ||
    !/^[0-9a-f]{64}$/.test(value) ||
    !(Number.isInteger(expires) && expires >= 1 && expires <= MAX_EXPIRY_SECONDS)
  ) {
    throw new S3Error('AuthorizationQueryParametersError');
  }
  requireUnexpired(now, signedAt + expires * 1000);
  if (signedAt > now.getTime() + MAX_SKEW_MS) {
    throw new S3Error('AccessDenied', { message: 'Request is not valid yet' });
  }
  return {
    accessKeyId: scope[1]!,
    scope: scope[2]!,
    timestamp,
    signedHeaders: (query.get('X-Amz-SignedHeaders') ?? '').split(';'),
    value,
    payloadHash: headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD',
  };
}

/** The older form of a presigned URL; `expires` is in seconds since the epoch. */
function readQueryV2({ query, path, bucket, virtualHosted }: S3Request, now: Date) {
  const accessKeyId = query.get('AWSAccessKeyId') ?? '';
  const expires = query.get('Expires') ?? '';
  const value = query.get('Signature') ?? '';
  if (accessKeyId === '' || !/^\d{1,12}$/.test(expires) || value === '') {
    throw new S3Error('AccessDenied', {
      message:
        'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters',
    });
  }
  requireUnexpired(now, Number(expires) * 1000);
  const resource = virtualHosted ? `/${bucket}${path}` : path;
  return { accessKeyId, resource, expires, value };
}

/** `expiry` is in milliseconds since the epoch. */
function requireUnexpired(now: Date, expiry: number): void {
  if (now.getTime() > expiry) {
    throw new S3Error('AccessDenied', { message: 'Request has expired' });
  }
}

/** Milliseconds since the epoch, or `undefined` if the text is no timestamp. */
function parseTimestamp(text: string): number | undefined {
  if (!TIMESTAMP.test(text)) return undefined;
  const instant = Date.parse(text.replace(TIMESTAMP, '$1-$2-$3T$4:$5:$6Z'));
  return Number.isNaN(instant) ? undefined : instant;
}
