/**
 * Where access keys are kept. What every store promises, `test/protocol/keys/store.test.ts` asks of each:
 *
 * - a created key is found by its id at once, by whoever opens the same store, until it is revoked;
 * - a list holds every key that exists and no secret;
 * - creating and revoking never disturb another key, also at the same time.
 */
import type { AccessKey, KeyDescription, KeySource } from '../protocol/index.ts';

export interface KeyStore extends KeySource {
  /** What ids of new keys prove themselves with, made if there is none yet; absent where they need not. */
  readonly markForNew?: ((random: (bytes: number) => Buffer) => Promise<Uint8Array>) | undefined;
  /** @throws KeyExistsError */
  create(key: AccessKey): Promise<void>;
  /** In the order of creation. */
  list(): Promise<KeyDescription[]>;
  /** @throws UnknownKeyError */
  revoke(id: string): Promise<void>;
}

export class KeyExistsError extends Error {
  override readonly name = 'KeyExistsError';

  constructor(id: string, options?: { cause?: unknown }) {
    super(`There is an access key ${id} already.`, options);
  }
}

export class UnknownKeyError extends Error {
  override readonly name = 'UnknownKeyError';

  constructor(id: string, options?: { cause?: unknown }) {
    super(`There is no access key ${id}.`, options);
  }
}

export function byCreation(a: KeyDescription, b: KeyDescription): number {
  return a.created.getTime() - b.created.getTime() || a.id.localeCompare(b.id);
}
