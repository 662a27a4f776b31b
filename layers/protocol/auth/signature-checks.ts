/**
 * What is wrong with a signature before any key is looked up: its scope, what it covers, its time. Pure.
 *
 * Texts are those of AWS:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 */
import { ServiceError } from '../errors.ts';
import type { Headers, Signature } from './authorization.ts';
import { formatTimestamp } from './authorization.ts';

export const SERVICE = 'rekognition';
const TERMINATOR = 'aws4_request';
/** A signature is good for this long before and after its time; within it, a request can be repeated. */
export const WINDOW_MS = 15 * 60 * 1000;

/** SDKs sign all `x-amz-*` headers but this one; the other is added by API Gateway on the way. */
const MAY_BE_UNSIGNED: ReadonlySet<string> = new Set(['x-amz-user-agent', 'x-amz-cf-id']);

/**
 * @param regions those that a signature may be for; `undefined` for any
 * @param now milliseconds since the epoch
 * @param service that it must be for
 * @throws ServiceError InvalidSignatureException
 */
export function checkSignature(
  signature: Signature,
  headers: Headers,
  regions: readonly string[] | undefined,
  now: number,
  service = SERVICE,
): void {
  checkScope(signature, regions, service);
  checkSignedHeaders(signature, headers);
  checkTime(signature, now);
  const hash = headers.get('x-amz-content-sha256');
  if (hash !== undefined && !/^[0-9a-f]{64}$/.test(hash)) {
    throw invalid(
      `The value of x-amz-content-sha256 must be the SHA-256 of the body in hexadecimal, not ${hash.slice(0, 40)}.`,
    );
  }
}

function checkScope(
  { scope, signedAt }: Signature,
  regions: readonly string[] | undefined,
  service: string,
): void {
  const { date, region, terminator } = scope;
  if (terminator !== TERMINATOR) {
    throw invalid(`Credential should be scoped with a valid terminator: '${TERMINATOR}'.`);
  }
  if (regions === undefined ? !/^[a-z0-9-]+$/.test(region) : !regions.includes(region)) {
    throw invalid(`Credential should be scoped to a valid Region, not ${region.slice(0, 40)}`);
  }
  if (scope.service !== service) {
    throw invalid(`Credential should be scoped to correct service: '${service}'.`);
  }
  if (date !== signedAt.timestamp.slice(0, 8)) {
    throw invalid(
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP',
    );
  }
}

/** A header that is not signed could be changed on the way; X-Amz-Target would make another operation. */
function checkSignedHeaders({ signedHeaders, signedAt }: Signature, headers: Headers): void {
  const signed = new Set(signedHeaders);
  if (!signed.has('host')) {
    throw invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  const amazon = [...headers.keys()].filter(
    (name) => name.startsWith('x-amz-') && !MAY_BE_UNSIGNED.has(name),
  );
  const unsigned = [signedAt.header, ...amazon].find((name) => !signed.has(name));
  if (unsigned !== undefined) {
    throw invalid(`'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`);
  }
}

function checkTime({ signedAt: { timestamp, instant } }: Signature, now: number): void {
  if (now - instant > WINDOW_MS) {
    throw invalid(
      `Signature expired: ${timestamp} is now earlier than ${formatTimestamp(now - WINDOW_MS)} (${formatTimestamp(now)} - 15 min.)`,
    );
  }
  if (instant - now > WINDOW_MS) {
    throw invalid(
      `Signature not yet current: ${timestamp} is still later than ${formatTimestamp(now + WINDOW_MS)} (${formatTimestamp(now)} + 15 min.)`,
    );
  }
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidSignatureException', message);
}
