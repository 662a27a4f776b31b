/**
 * Folding the tail of an index into shards.
 *
 * A fold takes an explicit set of tail entries, checks their records, writes shards, swaps the manifest on
 * its version, and deletes exactly those entries. It may die anywhere and run twice at once:
 *
 * - before the swap, nothing has changed but a shard that nobody names, which garbage.ts finds;
 * - after the swap, the entries are still in the tail and are folded once more, which changes no answer;
 * - of two at once, one loses the swap, deletes its shards and leaves the tail alone.
 *
 * A fold that meets a shard which is lost or damaged makes all shards anew from the records.
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
import { LONGEST_FOLD_MS, LONGEST_READER_MS } from './garbage.ts';
import { decodeIds, idFromBytes } from './ids.ts';
import type { Change } from './plan.ts';
import { mostRows, planShards } from './plan.ts';
import type { Embedded, Row } from './shard.ts';
import { decodeShard, encodeRows, encodeShard, ShardCorruptError } from './shard.ts';
import type { ShardStore } from './store.ts';
import { ShardMissingError, shardKey } from './store.ts';

export interface FoldOptions {
  readonly records: {
    readonly tail: Pick<Records['tail'], 'read' | 'delete'>;
    readonly manifests: Pick<Records['manifests'], 'get' | 'swap'>;
  };
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
  /** Default: `trusted`. */
  readonly shards?: ShardTrust;
  /** About how many entries of a longer tail it takes at once. */
  readonly atMost?: number;
}

/**
 * What a fold thinks of the shards there are. `trusted`: reads only those that it changes. `checked`: reads
 * all of them, past any cache. `anew`: makes all of them anew from the records.
 */
export type ShardTrust = 'trusted' | 'checked' | 'anew';

export interface FoldResult {
  readonly outcome: 'folded' | 'nothing to do' | 'lost to another fold' | 'too slow';
  /** Vectors that went from the tail into a shard. */
  readonly added: number;
  /** Ids whose deletion has reached the shards. */
  readonly removed: number;
  /** All shards were made anew from the records. */
  readonly rebuilt: boolean;
}

/** A tail that grew while nothing was folded is taken in portions that fit into memory and time. */
const ENTRIES_AT_ONCE = 20_000;

/** So many records are held as float32 while shards are made anew. */
const REBUILD_BATCH = 256;

export async function fold(collection: Collection, options: FoldOptions): Promise<FoldResult> {
  const { records, index, store, clock, atMost = ENTRIES_AT_ONCE } = options;
  const { generation } = collection;
  const started = clock();
  const tail = await records.tail.read(generation, index, atMost);
  const manifest = await records.manifests.get(generation, index);
  const anew = await mustRebuild(manifest, options);
  const expired = manifest.retired.filter(
    ({ retiredAt }) => started - retiredAt > LONGEST_READER_MS,
  );
  const without = (outcome: FoldResult['outcome']): FoldResult => {
    return { outcome, added: 0, removed: 0, rebuilt: false };
  };
  if (tail.length === 0 && expired.length === 0 && !anew) return without('nothing to do');

  const change = await changeOf(collection, tail, options);
  const { kept, replaced, written, rebuilt } = await writeShards(
    collection,
    manifest,
    change,
    anew,
    options,
  );
  await store.delete(expired.map(({ key }) => key));
  const retiredAt = clock();
  if (retiredAt - started > LONGEST_FOLD_MS) {
    await store.delete(written.map(({ key }) => key));
    return without('too slow');
  }
  const swapped = await records.manifests.swap(collection, index, manifest, {
    shards: [...kept, ...written],
    retired: [
      ...manifest.retired.filter((shard) => !expired.includes(shard)),
      ...replaced.map(({ key }) => ({ key, retiredAt })),
    ],
  });
  if (!swapped) {
    await store.delete(written.map(({ key }) => key));
    return without('lost to another fold');
  }
  await records.tail.delete(tail);
  return { outcome: 'folded', added: change.alive.length, removed: change.removed, rebuilt };
}

async function mustRebuild(
  { shards }: Manifest,
  { store, shards: trust = 'trusted' }: FoldOptions,
): Promise<boolean> {
  if (trust !== 'checked') return trust === 'anew';
  for (const { key, bytes } of shards) {
    try {
      decodeShard(await store.get(key, bytes));
    } catch (error) {
      if (isLost(error)) return true;
      throw error;
    }
  }
  return false;
}

function isLost(error: unknown): boolean {
  return error instanceof ShardMissingError || error instanceof ShardCorruptError;
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
    const alive = quantised(collection, current, options);
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

function quantised(
  { faceModel }: Collection,
  vectors: readonly Embedded[],
  { dimension }: FoldOptions,
): Row[] {
  const shard = decodeShard(encodeShard(faceModel, dimension, vectors));
  return vectors.map((_, index) => ({ shard, index }));
}

interface Written {
  readonly kept: readonly ShardReference[];
  readonly replaced: readonly ShardReference[];
  readonly written: readonly ShardReference[];
  readonly rebuilt: boolean;
}

/**
 * Writes what the tail changes; or, where that takes a shard that is lost or damaged, all shards anew from
 * the records, which were read after the tail and hence hold all of it.
 */
async function writeShards(
  collection: Collection,
  manifest: Manifest,
  change: Change,
  anew: boolean,
  options: FoldOptions,
): Promise<Written> {
  const rebuild = async () => ({
    kept: [],
    replaced: manifest.shards,
    written: await writeAll(collection, options),
    rebuilt: true,
  });
  if (anew) return rebuild();
  try {
    const plan = await planShards(manifest, change, options.dimension, (shard) =>
      options.cache.get(shard),
    );
    const writes = plan.blocks.map((rows) => writeShard(collection, rows, options));
    return { ...plan, written: await Promise.all(writes), rebuilt: false };
  } catch (error) {
    if (!isLost(error)) throw error;
    return rebuild();
  }
}

/** Writes all records into shards as large as shards may be. */
async function writeAll(collection: Collection, options: FoldOptions): Promise<ShardReference[]> {
  const written: ShardReference[] = [];
  let rows: Row[] = [];
  let batch: Embedded[] = [];
  const write = async () => {
    if (rows.length > 0) written.push(await writeShard(collection, rows, options));
    rows = [];
  };
  const quantise = async () => {
    if (rows.length + batch.length > mostRows(options.dimension)) await write();
    rows.push(...quantised(collection, batch, options));
    batch = [];
  };
  for await (const record of options.all(collection)) {
    batch.push(record);
    if (batch.length === REBUILD_BATCH) await quantise();
  }
  await quantise();
  await write();
  return written;
}

async function writeShard(
  { faceModel, generation }: Collection,
  rows: readonly Row[],
  { store, index, dimension, newId }: FoldOptions,
): Promise<ShardReference> {
  const bytes = encodeRows(faceModel, dimension, rows);
  const key = shardKey(generation, index, newId());
  await store.put(key, bytes);
  return { key, count: rows.length, bytes: bytes.length };
}
