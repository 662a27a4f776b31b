/** Who may call: whoever has an access key of this stack, which are in Parameter Store. */

import { SsmKeyStore } from '../../layers/keys/index.ts';
import type { Authenticate } from '../../layers/protocol/index.ts';
import { authentication, KeyCache } from '../../layers/protocol/index.ts';
import { ssm } from './clients.ts';
import { variable } from './environment.ts';

export function createAuthenticate(): Authenticate {
  const store = new SsmKeyStore(ssm(), variable('KEY_PREFIX'));
  return authentication({
    keys: new KeyCache(store, () => Date.now()),
    now: () => Date.now(),
  });
}
