/**
 * Decides whether a request may be served.
 *
 * Every request must be signed, in the Authorization header or in a presigned URL, and a presigned
 * URL must not have expired. Without a credential lookup any well-formed signature is accepted,
 * which suits a server that listens on loopback; with one, the signature is verified too. The
 * signatures of single chunks inside an aws-chunked body are never verified.
 */
import { S3Error } from '../errors.ts';
import { readCopySource, type S3Request } from '../http/request.ts';
import type { Reserved, Signer } from '../http/visitors.ts';
import { verifySignatureV2 } from './sigv2.ts';
import { type Signature, verifySignature } from './sigv4.ts';

/** The secret of an access key, or `undefined` if there is no such key. */
export type CredentialLookup = (accessKeyId: string) => string | undefined;

/** SDKs in browsers add it after they have signed. */
const MAY_BE_UNSIGNED: ReadonlySet<string> = new Set(['x-amz-user-agent']);

const MAX_SKEW_MS = 15 * 60 * 1000;
const MAX_EXPIRY_SECONDS = 7 * 24 * 3600;

/** `<access key>/<yyyymmdd>/<region>/<service>/aws4_request` */
export const SCOPE = /^([^/]+)\/(\d{8}\/[^/]+\/[^/]+\/aws4_request)$/;
const TIMESTAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

export interface Verification {
  readonly credentials: CredentialLookup | undefined;
  readonly reserved: Reserved | undefined;
}

/**
 * @returns the key that the request names, and whether it was asked to prove that it has it
 * @throws S3Error AccessDenied, InvalidAccessKeyId, SignatureDoesNotMatch, RequestTimeTooSkewed,
 *   AuthorizationHeaderMalformed, AuthorizationQueryParametersError
 */
export function authenticate(
  request: S3Request,
  now: Date,
  { credentials, reserved }: Verification,
): Signer {
  const { query } = request;
  const lookup = lookupFor(request, { credentials, reserved });
  if (query.has('X-Amz-Signature')) {
    const signature = readQuery(request, now);
    if (lookup) checkScope(signature, request);
    return verify(lookup, signature.accessKeyId, (key) => isSigned(request, signature, key));
  }
  if (query.has('Signature')) {
    const { accessKeyId, ...signature } = readQueryV2(request, now);
    return verify(lookup, accessKeyId, (key) => verifySignatureV2(request, signature, key));
  }
  const { signature, signedAt } = readHeader(request);
  if (lookup && Math.abs(now.getTime() - signedAt) > MAX_SKEW_MS) {
    throw new S3Error('RequestTimeTooSkewed');
  }
  if (lookup) checkScope(signature, request);
  return verify(lookup, signature.accessKeyId, (key) => isSigned(request, signature, key));
}

/** Where the secrets are that may sign a request; undefined where any signature will do. */
export function lookupFor(
  request: S3Request,
  { credentials, reserved }: Verification,
): CredentialLookup | undefined {
  return isReserved(request, reserved) ? ownKey(reserved) : credentials;
}

/** @throws S3Error InvalidAccessKeyId, SignatureDoesNotMatch */
export function verify(
  credentials: CredentialLookup | undefined,
  accessKeyId: string,
  matches: (secret: string) => boolean,
): Signer {
  if (!credentials) return { accessKeyId, isVerified: false };
  const secret = credentials(accessKeyId);
  if (secret === undefined) throw new S3Error('InvalidAccessKeyId');
  if (!matches(secret)) throw new S3Error('SignatureDoesNotMatch');
  return { accessKeyId, isVerified: true };
}

/** Whether a request is about a reserved bucket, or copies from one. */
function isReserved(
  { bucket, headers }: S3Request,
  reserved: Reserved | undefined,
): reserved is Reserved {
  if (reserved === undefined) return false;
  if (reserved.buckets.includes(bucket)) return true;
  const source = headers['x-amz-copy-source'];
  return source !== undefined && reserved.buckets.includes(readCopySource(source).bucket);
}

function ownKey({ accessKeyId, secretAccessKey }: Reserved): CredentialLookup {
  return (id) => (id === accessKeyId ? secretAccessKey : undefined);
}

/**
 * A signature is for one day and for S3, and it covers what changes a request: whoever has a presigned URL
 * may do what it says and nothing else.
 */
function checkScope({ scope, timestamp, signedHeaders }: Signature, request: S3Request): void {
  const [date, , service] = scope.split('/');
  if (date !== timestamp.slice(0, 8) || service !== 's3') {
    throw new S3Error('AuthorizationHeaderMalformed', {
      message: 'The credential scope must be for s3, and for the date of the signature.',
    });
  }
  const signed = new Set(signedHeaders);
  const unsigned = request.sentHeaders.filter(
    (name) => name.startsWith('x-amz-') && !MAY_BE_UNSIGNED.has(name) && !signed.has(name),
  );
  if (unsigned.length > 0) {
    throw new S3Error('AccessDenied', {
      message: 'There were headers present in the request which were not signed',
      details: { HeadersNotSigned: unsigned.join(', ') },
    });
  }
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
export function parseTimestamp(text: string): number | undefined {
  if (!TIMESTAMP.test(text)) return undefined;
  const instant = Date.parse(text.replace(TIMESTAMP, '$1-$2-$3T$4:$5:$6Z'));
  return Number.isNaN(instant) ? undefined : instant;
}
