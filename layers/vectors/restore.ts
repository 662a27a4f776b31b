/**
 * Making the rows of a shard anew from the records that it stands for, when it is lost: its list of ids says
 * which, so no other record is read.
 */
import type { Collection, ShardReference } from '../records/index.ts';
import { readIdList } from './id-list.ts';
import { ID_BYTES, idFromBytes } from './ids.ts';
import type { Embedded, Shard } from './shard.ts';
import { decodeShard, encodeShard } from './shard.ts';
import type { ShardStore } from './store.ts';

export interface RestoreOptions {
  readonly store: Pick<ShardStore, 'get'>;
  readonly dimension: number;
  /** Those of the ids that exist, with their vectors, in no order. */
  readonly vectorsOf: (
    collection: Collection,
    ids: readonly string[],
  ) => Promise<readonly Embedded[]>;
}

/** So many records are held as float32 at once. */
const BATCH = 8192;

/**
 * @returns shards that together have a row for each id of the shard whose record exists, or nothing if it is
 *   not known which ids it had
 */
export async function restoreShard(
  collection: Collection,
  reference: ShardReference,
  { store, dimension, vectorsOf }: RestoreOptions,
): Promise<Shard[] | undefined> {
  const ids = await readIdList(reference, store);
  if (ids === undefined) return undefined;
  const parts: Shard[] = [];
  for (let at = 0; at < reference.count; at += BATCH) {
    const length = Math.min(BATCH, reference.count - at);
    const part = ids.subarray(at * ID_BYTES, (at + length) * ID_BYTES);
    const partIds = Array.from({ length }, (_, i) => idFromBytes(part, i));
    const vectors = await vectorsOf(collection, partIds);
    if (vectors.length === 0) continue;
    parts.push(decodeShard(encodeShard(collection.faceModel, dimension, vectors)));
  }
  return parts;
}
