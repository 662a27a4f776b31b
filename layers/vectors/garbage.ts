/**
 * Taking away objects that nobody needs any more: shards of folds that died before they were named, shards
 * that were replaced, and what a fold put while its collection was being purged.
 *
 * Three rules keep it off everything else:
 *
 * - The manifest is read after the listing. A shard that is listed and not named then has either been
 *   replaced before, or belongs to a fold that has not come to its end.
 * - What is not named must be older than any fold takes. A fold that took longer gives up before it names
 *   anything, so what is old and not named never will be.
 * - What has been replaced is left alone for as long as a reader may hold the manifest that named it.
 *
 * Manifests are only read: a fold later drops the line of a replaced shard that is gone.
 */
import type { IndexName, Manifest, Records } from '../records/index.ts';
import { type ShardStore, type StoredShard, shardKeyOf } from './store.ts';

/** No reader holds a manifest longer than a request may take; this is far beyond. */
export const LONGEST_READER_MS = 15 * 60 * 1000;

/** A fold that took longer gives up; no function of AWS Lambda can. */
export const LONGEST_FOLD_MS = 15 * 60 * 1000;

/** Of an object that no manifest names: the longest fold, and as much again for clocks that differ. */
export const GARBAGE_AGE_MS = 2 * LONGEST_FOLD_MS;

export interface GarbageOptions {
  readonly records: { readonly manifests: Pick<Records['manifests'], 'get'> };
  readonly store: Pick<ShardStore, 'list' | 'delete'>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Default {@link LONGEST_READER_MS}; less where it is known who reads. */
  readonly longestReader?: number;
  /** Default {@link GARBAGE_AGE_MS}; less where it is known who folds. */
  readonly garbageAge?: number;
  /** Only what belongs to this generation. Default: everything in the bucket. */
  readonly generation?: string;
}

/** The shards of one index of one generation. */
interface Group {
  readonly generation: string;
  readonly index: IndexName;
  readonly shards: readonly StoredShard[];
}

/**
 * @returns the keys of what was deleted
 * @throws what went wrong with the first index with which anything did, after all the others
 */
export async function collectGarbage(options: GarbageOptions): Promise<string[]> {
  const { store, generation } = options;
  const collected: string[] = [];
  const errors: unknown[] = [];
  for await (const group of groups(store.list(generation))) {
    try {
      const garbage = await garbageOf(group, options);
      if (garbage.length > 0) await store.delete(garbage);
      collected.push(...garbage);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return collected;
}

/** The keys of what may be deleted, index by index. */
export async function* findGarbage(options: GarbageOptions): AsyncGenerator<string[]> {
  for await (const group of groups(options.store.list(options.generation))) {
    const garbage = await garbageOf(group, options);
    if (garbage.length > 0) yield garbage;
  }
}

async function garbageOf(
  { generation, index, shards }: Group,
  options: GarbageOptions,
): Promise<string[]> {
  const manifest = await options.records.manifests.get(generation, index);
  const now = options.clock();
  return shards.filter((shard) => isGarbage(shard, manifest, now, options)).map(({ key }) => key);
}

function isGarbage(
  { key, modified }: StoredShard,
  manifest: Manifest,
  now: number,
  { longestReader = LONGEST_READER_MS, garbageAge = GARBAGE_AGE_MS }: GarbageOptions,
): boolean {
  const owner = shardKeyOf(key);
  if (manifest.shards.some((shard) => shard.key === owner)) return false;
  const retired = manifest.retired.find((shard) => shard.key === owner);
  if (retired !== undefined) return now - retired.retiredAt > longestReader;
  return now - modified > garbageAge;
}

/** Listings are in the order of keys, so the shards of an index come one after the other. */
async function* groups(shards: AsyncIterable<StoredShard>): AsyncGenerator<Group> {
  let group: StoredShard[] = [];
  for await (const shard of shards) {
    const [last] = group;
    if (last && (last.generation !== shard.generation || last.index !== shard.index)) {
      yield { ...last, shards: group };
      group = [];
    }
    group.push(shard);
  }
  const [last] = group;
  if (last) yield { ...last, shards: group };
}
