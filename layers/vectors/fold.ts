/**
 * Folding the tail of an index into shards.
 *
 * A fold takes an explicit set of tail entries, checks their records, writes shards, swaps the manifest on
 * its version, and deletes exactly those entries. It may die anywhere and run twice at once:
 *
 * - before the swap, nothing has changed but a shard that nobody names;
 * - after the swap, the entries are still in the tail and are folded once more, which changes no answer;
 * - of two at once, one loses the swap, deletes its shards and leaves the tail alone.
 *
 * A fold that needs a shard which is lost or damaged makes all shards anew from the records.
 *
 * A record that exists is never taken out of the shards, one that does not exist is: a face that was
 * deleted and stored again has an entry of its own that brings it back.
 */
import type {
  Collection,
  IndexName,
  Manifest,
  Records,
  ShardReference,
  TailEntry,
} from '../records/index.ts';
import type { ShardCache } from './cache.ts';
import { decodeIds, idFromBytes } from './ids.ts';
import type { Embedded, Row, Shard } from './shard.ts';
import { decodeShard, encodeRows, encodeShard, ShardCorruptError } from './shard.ts';
import type { ShardStore } from './store.ts';
import { ShardMissingError, shardKey } from './store.ts';

export interface FoldOptions {
  readonly records: Pick<Records, 'tail' | 'manifests'>;
  readonly store: ShardStore;
  readonly cache: ShardCache;
  readonly index: IndexName;
  readonly dimension: number;
  /** Which of the ids have a record. */
  readonly existing: (collection: Collection, ids: readonly string[]) => Promise<Set<string>>;
  /**
   * For an index whose vectors change under their ids: those of the ids that have a vector, as it is now.
   * An entry then only says that a vector has changed.
   */
  readonly current?: (
    collection: Collection,
    ids: readonly string[],
  ) => Promise<readonly Embedded[]>;
  /** Every record, with its vector: what the shards are made from again when one of them is lost. */
  readonly all: (collection: Collection) => AsyncIterable<Embedded>;
  readonly clock: () => number;
  readonly newId: () => string;
}

export interface FoldResult {
  readonly outcome: 'folded' | 'nothing to do' | 'lost to another fold';
  /** Vectors that went from the tail into a shard. */
  readonly added: number;
  /** Ids whose deletion has reached the shards. */
  readonly removed: number;
}

/** No reader holds a manifest longer than a request may take; this is far beyond. */
const LONGEST_READER_MS = 15 * 60 * 1000;

/** Shards do not grow beyond this; 192 dimensions make 55 MB of it. */
const MAX_SHARD_COUNT = 262_144;

/** A shard is merged into a new one that is at least half its size: few shards, few rewrites. */
const MERGE_RATIO = 2;

export async function fold(collection: Collection, options: FoldOptions): Promise<FoldResult> {
  const { records, index, store } = options;
  const { generation } = collection;
  const tail = await records.tail.read(generation, index);
  const manifest = await records.manifests.get(generation, index);
  const now = options.clock();
  const expired = manifest.retired.filter(({ retiredAt }) => now - retiredAt > LONGEST_READER_MS);
  if (tail.length === 0 && expired.length === 0) {
    return { outcome: 'nothing to do', added: 0, removed: 0 };
  }

  const change = await changeOf(collection, tail, options);
  const { kept, replaced, written } = await writeShards(collection, manifest, change, options);
  const retiredAt = options.clock();
  await store.delete(expired.map(({ key }) => key));
  const swapped = await records.manifests.swap(collection, index, manifest, {
    shards: [...kept, ...written],
    retired: [
      ...manifest.retired.filter((shard) => !expired.includes(shard)),
      ...replaced.map(({ key }) => ({ key, retiredAt })),
    ],
  });
  if (!swapped) {
    await store.delete(written.map(({ key }) => key));
    return { outcome: 'lost to another fold', added: 0, removed: 0 };
  }
  await records.tail.delete(tail);
  return { outcome: 'folded', added: change.alive.length, removed: change.removed };
}

/** What a tail does to the shards. */
interface Change {
  /** The vectors to be in a shard. */
  readonly alive: readonly Row[];
  /** Ids whose rows leave the shards there are. */
  readonly outdated: ReadonlySet<string>;
  /** How many of the ids have no record. */
  readonly removed: number;
}

/**
 * The records are read after the manifest. Hence no fold that replaces the same manifest has seen newer
 * ones, and what the shards hold never goes back in time.
 */
async function changeOf(
  collection: Collection,
  tail: readonly TailEntry[],
  options: FoldOptions,
): Promise<Change> {
  const added = rowsOf(tail);
  const mentioned = [...new Set([...added.keys(), ...removedIds(tail)])];
  if (options.current !== undefined) {
    const current = await options.current(collection, mentioned);
    const shard = decodeShard(encodeShard(collection.faceModel, options.dimension, current));
    const alive = current.map((_, index) => ({ shard, index }));
    return { alive, outdated: new Set(mentioned), removed: mentioned.length - alive.length };
  }
  const existing = await options.existing(collection, mentioned);
  const gone = new Set(mentioned.filter((id) => !existing.has(id)));
  const alive = [...added].flatMap(([id, row]) => (existing.has(id) ? [row] : []));
  return { alive, outdated: gone, removed: gone.size };
}

/** The vectors that the tail adds, one for each id. */
function rowsOf(tail: readonly TailEntry[]): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const { kind, payload } of tail) {
    if (kind !== 'add') continue;
    const shard = decodeShard(payload);
    for (let index = 0; index < shard.count; index++) {
      rows.set(idFromBytes(shard.ids, index), { shard, index });
    }
  }
  return rows;
}

function removedIds(tail: readonly TailEntry[]): string[] {
  return tail.flatMap(({ kind, payload }) => (kind === 'remove' ? decodeIds(payload) : []));
}

interface Plan {
  readonly kept: readonly ShardReference[];
  readonly replaced: readonly ShardReference[];
  /** The rows of each shard that is to be written. */
  readonly blocks: readonly (readonly Row[])[];
}

interface Written extends Pick<Plan, 'kept' | 'replaced'> {
  readonly written: readonly ShardReference[];
}

/**
 * Writes what the tail changes; or, where that takes a shard that is lost or damaged, all shards anew from
 * the records, which were read after the tail and hence hold all of it.
 */
async function writeShards(
  collection: Collection,
  manifest: Manifest,
  { alive, outdated }: Change,
  options: FoldOptions,
): Promise<Written> {
  try {
    const plan = await planShards(manifest, alive, outdated, options);
    const writes = plan.blocks.map((rows) => writeShard(collection, rows, options));
    return { ...plan, written: await Promise.all(writes) };
  } catch (error) {
    if (!(error instanceof ShardMissingError || error instanceof ShardCorruptError)) throw error;
    return { kept: [], replaced: manifest.shards, written: await rebuild(collection, options) };
  }
}

async function rebuild(collection: Collection, options: FoldOptions): Promise<ShardReference[]> {
  const { faceModel } = collection;
  const written: ShardReference[] = [];
  let block: Embedded[] = [];
  const write = async () => {
    const bytes = encodeShard(faceModel, options.dimension, block);
    written.push(await putShard(collection, bytes, block.length, options));
    block = [];
  };
  for await (const record of options.all(collection)) {
    block.push(record);
    if (block.length === MAX_SHARD_COUNT) await write();
  }
  if (block.length > 0) await write();
  return written;
}

async function planShards(
  manifest: Manifest,
  alive: readonly Row[],
  outdated: ReadonlySet<string>,
  { cache }: FoldOptions,
): Promise<Plan> {
  const merged = chooseMerged(manifest.shards, alive.length);
  const rows = new Map(alive.map((row) => [idFromBytes(row.shard.ids, row.index), row]));
  for (const reference of merged) {
    for (const [id, row] of livingRows(await cache.get(reference), outdated)) {
      if (!rows.has(id)) rows.set(id, row);
    }
  }
  const blocks: Row[][] = rows.size > 0 ? [[...rows.values()]] : [];
  const kept: ShardReference[] = [];
  const replaced: ShardReference[] = [...merged];
  for (const reference of manifest.shards.filter((shard) => !merged.includes(shard))) {
    const shard = outdated.size > 0 ? await cache.get(reference) : undefined;
    const living = shard && livingRows(shard, outdated);
    if (living === undefined || living.length === shard?.count) {
      kept.push(reference);
    } else {
      replaced.push(reference);
      if (living.length > 0) blocks.push(living.map(([, row]) => row));
    }
  }
  return { kept, replaced, blocks };
}

/** The smallest shards, as long as they are not much larger than what they are merged into. */
function chooseMerged(shards: readonly ShardReference[], count: number): ShardReference[] {
  const chosen: ShardReference[] = [];
  let size = count;
  for (const shard of [...shards].sort((a, b) => a.count - b.count)) {
    if (shard.count > size * MERGE_RATIO || shard.count + size > MAX_SHARD_COUNT) break;
    chosen.push(shard);
    size += shard.count;
  }
  return chosen;
}

function livingRows(shard: Shard, outdated: ReadonlySet<string>): [string, Row][] {
  return Array.from({ length: shard.count }, (_, index): [string, Row] => [
    idFromBytes(shard.ids, index),
    { shard, index },
  ]).filter(([id]) => !outdated.has(id));
}

function writeShard(
  collection: Collection,
  rows: readonly Row[],
  options: FoldOptions,
): Promise<ShardReference> {
  const bytes = encodeRows(collection.faceModel, options.dimension, rows);
  return putShard(collection, bytes, rows.length, options);
}

async function putShard(
  { generation }: Collection,
  bytes: Uint8Array,
  count: number,
  { store, index, newId }: FoldOptions,
): Promise<ShardReference> {
  const key = shardKey(generation, index, newId());
  await store.put(key, bytes);
  return { key, count, bytes: bytes.length };
}
