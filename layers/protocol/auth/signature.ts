/** Whether a request carries the signature that a secret makes for it (AWS Signature Version 4). Pure. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Headers, Signature } from './authorization.ts';
import { canonicalRequest } from './canonical-request.ts';

export interface ReceivedRequest {
  readonly method: string;
  /** Percent-encoded. More than one, where a gateway may have changed what the client had signed. */
  readonly paths: readonly string[];
  /** Names (with port, if any) that the client may have signed. */
  readonly hosts: readonly string[];
  /** Decoded. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** By lower-case name, values of repeated headers joined by commas. */
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Takes the same time for every wrong signature of the right length. */
export function isSigned(
  request: ReceivedRequest,
  { scope, signedHeaders, signedAt, value }: Signature,
  signingKey: Uint8Array,
): boolean {
  const { method, headers, query } = request;
  if (!/^[0-9a-f]{64}$/.test(value)) return false;
  const given = Buffer.from(value, 'hex');
  // Of the body that came, whatever X-Amz-Content-Sha256 says of it.
  const payloadHash = sha256(request.body);
  if (!signedHeaders.every((name) => headers.has(name))) return false;

  const candidates = request.hosts.flatMap((host) => request.paths.map((path) => ({ host, path })));
  return candidates.some(({ host, path }) => {
    const canonical = canonicalRequest({
      method,
      path,
      query,
      headers: signedHeaders.map((name) => [name, name === 'host' ? host : headers.get(name)!]),
      payloadHash,
    });
    const stringToSign = [
      'AWS4-HMAC-SHA256',
      signedAt.timestamp,
      `${scope.date}/${scope.region}/${scope.service}/${scope.terminator}`,
      sha256(canonical),
    ].join('\n');
    return timingSafeEqual(createHmac('sha256', signingKey).update(stringToSign).digest(), given);
  });
}

function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}
