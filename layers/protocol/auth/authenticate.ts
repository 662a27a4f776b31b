/**
 * Authentication: from a request to the principal that makes it, by a signature (AWS Signature Version 4,
 * as every AWS SDK sends it) or by a bearer token, with access keys that Recollect has issued.
 *
 * Order of checks: the header is complete -> scope, signed headers, time -> the key exists -> signature or
 * secret -> the key has not expired. What a key allows is checked later, in the chain of the endpoint.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { ServiceError } from '../errors.ts';
import type { GatewayEvent, GatewayRequest } from '../gateway.ts';
import { queryOf } from '../gateway.ts';
import type { AccessKey } from './access-key.ts';
import type { BearerToken, Signature } from './authorization.ts';
import { readAuthorization } from './authorization.ts';
import type { KeySource } from './key-cache.ts';
import type { Principal } from './permissions.ts';
import { isSigned, type ReceivedRequest } from './signature.ts';
import { checkSignature } from './signature-checks.ts';
import { SigningKeys } from './signing-keys.ts';

/**
 * Who makes a request; `undefined` where nobody is asked.
 * @throws ServiceError for a request that must not be served
 */
export type Authenticate = (request: GatewayRequest) => Promise<Principal | undefined>;

export interface AuthenticationOptions {
  /** Asked for every request: usually a cache. */
  readonly keys: KeySource;
  /** The time of day in milliseconds since the epoch. */
  readonly now: () => number;
  /** Regions that a signature may be for. Default any: clients take it from their own configuration. */
  readonly regions?: readonly string[] | undefined;
  /** That a signature must be for. Default `rekognition`. */
  readonly service?: string | undefined;
  /**
   * Names (with port, if any) by which clients reach the service when a proxy in front of it changes the
   * `Host` header. What the client or the proxy says in `X-Forwarded-Host` is never believed.
   */
  readonly publicHosts?: readonly string[] | undefined;
}

const UNKNOWN_KEY = 'The security token included in the request is invalid.';
const EXPIRED_KEY = 'The security token included in the request is expired';
const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

export function authentication(options: AuthenticationOptions): Authenticate {
  const { keys, now, regions, service, publicHosts = [] } = options;
  const signingKeys = new SigningKeys();

  const verifySignature = async (signature: Signature, request: GatewayRequest) => {
    const { headers } = request;
    checkSignature(signature, headers, regions, now(), service);
    // Temporary credentials have a token; no key that is issued here has one.
    if (headers.has('x-amz-security-token')) throw unknownKey();
    const key = await keys.find(signature.accessKeyId);
    if (key === undefined) throw unknownKey();
    const signingKey = signingKeys.derive(key.secret, signature.scope);
    if (!isSigned(received(request, publicHosts), signature, signingKey)) {
      throw new ServiceError('InvalidSignatureException', MISMATCH);
    }
    return key;
  };

  const verifyBearer = async ({ accessKeyId, secret }: BearerToken) => {
    const key = await keys.find(accessKeyId);
    if (key === undefined || !isSame(secret, key.secret)) throw unknownKey();
    return key;
  };

  return async (request) => {
    const authorization = readAuthorization(request.headers);
    const key =
      authorization.scheme === 'bearer'
        ? await verifyBearer(authorization)
        : await verifySignature(authorization, request);
    return principalOf(key, now());
  };
}

function principalOf({ id, operations, collections, expires }: AccessKey, now: number): Principal {
  if (expires !== undefined && now >= expires.getTime()) {
    throw new ServiceError('ExpiredTokenException', EXPIRED_KEY);
  }
  return { accessKeyId: id, operations, collections };
}

function received(
  { event, headers, body: { bytes: body } }: GatewayRequest,
  publicHosts: readonly string[],
): ReceivedRequest {
  const host = headers.get('host');
  return {
    method: event.httpMethod,
    paths: possiblePaths(event),
    hosts: [...new Set([...(host === undefined ? [] : [host]), ...publicHosts])],
    query: queryOf(event),
    // API Gateway makes its own Content-Length of the body, and need not pass it on.
    headers: new Map([['content-length', String(body.length)], ...headers]),
    body,
  };
}

/**
 * Clients of API Gateway sign the path with the stage, those of a domain name of one's own without. The
 * gateway serves a path with and without a slash at its end alike, and does not say which it was.
 */
function possiblePaths({ path, requestContext }: GatewayEvent): string[] {
  const seen = [path, requestContext.path ?? path].map((one) => one.replace(/\/$/, ''));
  return [...new Set(seen)].flatMap((one) => [one, `${one}/`]);
}

/** In a time that tells nothing of the texts, nor of their lengths. */
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

function unknownKey(): ServiceError {
  return new ServiceError('UnrecognizedClientException', UNKNOWN_KEY);
}
