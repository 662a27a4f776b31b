/** Who may call the service on one machine. */
import type { KeyStore } from '../../layers/keys/index.ts';
import { type Authenticate, authentication, KeyCache } from '../../layers/protocol/index.ts';
import type { LocalOptions } from './options.ts';

/** By the service that a request is signed for; nobody is asked where there are no keys. */
export function authenticator(
  keys: KeyStore | undefined,
  { publicHosts }: Pick<LocalOptions, 'publicHosts'>,
): (service: string) => Authenticate {
  if (keys === undefined) return () => async () => undefined;
  const now = () => Date.now();
  const cache = new KeyCache(keys, now);
  return (service) => authentication({ keys: cache, now, service, publicHosts });
}
