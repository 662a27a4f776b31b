/**
 * Who may use the object store of a server that asks for keys: the server itself, and access keys that
 * allow everything. There, photographs and the shards of every collection are open to read; a key that is
 * limited to some operations or collections must not get around its limits.
 */

import type { FileKeyStore } from '../../layers/keys/index.ts';
import type { AccessKey } from '../../layers/protocol/index.ts';
import { matchesEverything } from '../../layers/protocol/index.ts';
import type { CredentialLookup } from '../emulators/s3/index.ts';

export function s3Credentials(
  own: AccessKey,
  keys: Pick<FileKeyStore, 'findNow'>,
  now: () => Date,
): CredentialLookup {
  return (id) => {
    const key = id === own.id ? own : keys.findNow(id);
    return key !== undefined && allowsEverything(key, now()) ? key.secret : undefined;
  };
}

function allowsEverything({ operations, collections, expires }: AccessKey, now: Date): boolean {
  const isOver = expires !== undefined && expires <= now;
  return operations === 'all' && matchesEverything(collections) && !isOver;
}
