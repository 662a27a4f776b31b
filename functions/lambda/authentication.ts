/** Who may call: whoever has an access key of this stack, which are in Parameter Store, from where it is allowed. */
import { SsmKeyStore } from '../../layers/keys/index.ts';
import type { Authenticate, KeySource } from '../../layers/protocol/index.ts';
import { authentication, KeyCache, ServiceError } from '../../layers/protocol/index.ts';
import { within } from '../http/networks.ts';
import { ssm } from './clients.ts';
import { allowedAddresses, variable } from './environment.ts';

export function createAuthenticate(): Authenticate {
  const keys = new KeyCache(patient(new SsmKeyStore(ssm(), variable('KEY_PREFIX'))), Date.now);
  // While the rest of the function is being loaded.
  void keys.prepare();
  return onlyFrom(allowedAddresses(), authentication({ keys, now: Date.now }));
}

/** Refuses who calls from elsewhere, before anything is looked up. @param networks empty for all */
export function onlyFrom(networks: readonly string[], authenticate: Authenticate): Authenticate {
  if (networks.length === 0) return authenticate;
  const isAllowed = within(networks);
  return async (request) => {
    const address = request.event.requestContext.identity?.sourceIp ?? '';
    if (!isAllowed(address)) {
      const text = `Requests from the address ${address} are not allowed.`;
      throw new ServiceError('AccessDeniedException', text);
    }
    return authenticate(request);
  };
}

/** Says of a store that is asked too often that it is so: whoever calls tries again. */
export function patient(keys: KeySource): KeySource {
  const asked = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Error) || !BUSY.has(error.name)) throw error;
      const text = 'Slow down; sudden increase in rate of requests.';
      throw new ServiceError('ThrottlingException', text, { cause: error });
    }
  };
  const { mark } = keys;
  return {
    find: (id) => asked(() => keys.find(id)),
    ...(mark && { mark: () => asked(mark) }),
  };
}

const BUSY: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'TimeoutError',
]);
