/** Requests that are signed and then changed, and what becomes of them. */
import type { AuthenticationOptions, GatewayEvent } from '../../../../layers/protocol/index.ts';
import { authentication, receive } from '../../../../layers/protocol/index.ts';
import {
  type ClientRequest,
  eventOf,
  KEY,
  NOW,
  OPTIONS,
  type SigningOptions,
  sdkRequest,
  smithy,
} from './requests.ts';

export const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
export const UNKNOWN = 'The security token included in the request is invalid.';

/** What becomes of a request: its principal, or the name and the text of the error. */
export async function outcome(
  request: ClientRequest,
  { event, ...more }: Partial<AuthenticationOptions> & { event?: Partial<GatewayEvent> } = {},
) {
  const authenticate = authentication({
    keys: { find: async (id) => (id === KEY.id ? KEY : undefined) },
    now: () => NOW.getTime(),
    ...more,
  });
  try {
    return await authenticate(receive(eventOf(request, event)));
  } catch (error) {
    return error instanceof Error ? [error.name, error.message] : error;
  }
}

/** A request of the SDK, right in every way but for what the options change. */
export const signed = (options: Partial<SigningOptions> = {}) =>
  smithy({ checksum: true })(sdkRequest('ListFaces', { CollectionId: 'c' }), {
    ...OPTIONS,
    ...options,
  });

export const withHeaders = (request: ClientRequest, headers: Record<string, string>) => ({
  ...request,
  headers: { ...request.headers, ...headers },
});

/** The same request with something else in its Authorization header. */
export function reauthorized(
  request: ClientRequest,
  pattern: RegExp | string,
  replacement: string,
): ClientRequest {
  const authorization = request.headers['authorization'] ?? '';
  const changed = authorization.replace(pattern, replacement);
  if (changed === authorization) throw new Error(`There is no ${pattern} in: ${authorization}`);
  return withHeaders(request, { authorization: changed });
}
