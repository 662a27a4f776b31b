/**
 * Searching the vectors of a collection, exactly and with one's own writes in view.
 *
 * The tail is read before the manifest: an entry that is folded in between is seen twice, never missed.
 * Codes only select; the reported cosine comes from the float32 vector of the record, and a vector whose
 * record is gone is no match.
 */
import type { Collection, IndexName, Manifest, Records, TailEntry } from '../records/index.ts';
import { cosine } from './scan.ts';
import type { Scanner } from './scanner.ts';
import type { Embedded } from './shard.ts';
import { decodeShard, ShardCorruptError } from './shard.ts';
import { ShardMissingError } from './store.ts';

/** How an index reads the records behind its vectors. */
export interface Source<T extends Embedded> {
  /** Those that exist, in no order. */
  getMany(collection: Collection, ids: readonly string[]): Promise<T[]>;
  all(collection: Collection): AsyncIterable<T>;
}

export interface Match<T> {
  readonly record: T;
  readonly cosine: number;
}

export interface Query {
  readonly vector: Float32Array;
  readonly limit: number;
  readonly minCosine: number;
  /** An id that is not to be found, such as the one that is searched with. */
  readonly exclude?: string;
}

export interface VectorIndexOptions<T extends Embedded> {
  readonly index: IndexName;
  readonly records: {
    readonly tail: Pick<Records['tail'], 'read'>;
    readonly manifests: Pick<Records['manifests'], 'get'>;
  };
  readonly source: Source<T>;
  readonly scanner: Scanner;
  /** Told how many vectors and deletions the tail held, after each search. */
  readonly onTail?: (collection: Collection, length: number) => Promise<void>;
  /** Told when a shard was lost or damaged, before the records answer in its place. */
  readonly onShardLost?: (collection: Collection, error: Error) => void | Promise<void>;
}

/** Beside the best ones, so many records are in memory. */
const RECORDS_AT_ONCE = 4096;

export class VectorIndex<T extends Embedded> {
  readonly #options: VectorIndexOptions<T>;

  constructor(options: VectorIndexOptions<T>) {
    this.#options = options;
  }

  /** The best matches, best first; equal ones in the order of their ids. */
  async search(collection: Collection, query: Query): Promise<Match<T>[]> {
    const { records, index, onTail, onShardLost } = this.#options;
    const tail = await records.tail.read(collection.generation, index);
    await onTail?.(collection, tailLength(tail));
    const manifest = await records.manifests.get(collection.generation, index);
    try {
      return await this.#searchShards(collection, query, tail, manifest);
    } catch (error) {
      if (!(error instanceof ShardMissingError || error instanceof ShardCorruptError)) throw error;
      await onShardLost?.(collection, error);
      return this.#searchRecords(collection, query);
    }
  }

  async #searchShards(
    collection: Collection,
    query: Query,
    tail: readonly TailEntry[],
    manifest: Manifest,
  ): Promise<Match<T>[]> {
    const { scanner, source } = this.#options;
    const recent = tail
      .filter(({ kind }) => kind === 'add')
      .map(({ payload }) => decodeShard(payload));
    const selector = await scanner.open(query.vector, recent, manifest.shards);
    const found = new Map<string, Match<T>>();
    const known = new Map<string, number>();
    if (query.exclude !== undefined) known.set(query.exclude, Number.NEGATIVE_INFINITY);
    // What turns out to be deleted, or to have another vector by now, gives its place to others, until
    // nothing new is selected.
    for (;;) {
      const selection = { limit: query.limit, minCosine: query.minCosine, known };
      const selected = await selector.select(selection);
      if (selected.length === 0) return best(found.values(), query);
      for (const id of selected) known.set(id, Number.NEGATIVE_INFINITY);
      // Vectors that codes cannot tell apart may be any number: never are all of their records in memory.
      for (let i = 0; i < selected.length; i += RECORDS_AT_ONCE) {
        const ids = selected.slice(i, i + RECORDS_AT_ONCE);
        for (const record of await source.getMany(collection, ids)) {
          const match = { record, cosine: cosine(query.vector, record.vector) };
          found.set(record.id, match);
          known.set(record.id, match.cosine);
        }
        if (found.size > query.limit + RECORDS_AT_ONCE) keepBest(found, query);
      }
    }
  }

  /** The records alone answer as well, only slower: shards are derived from them. */
  async #searchRecords(collection: Collection, query: Query): Promise<Match<T>[]> {
    const matches: Match<T>[] = [];
    for await (const record of this.#options.source.all(collection)) {
      const match = { record, cosine: cosine(query.vector, record.vector) };
      if (match.cosine >= query.minCosine && record.id !== query.exclude) matches.push(match);
    }
    return best(matches, query);
  }
}

export function tailLength(tail: readonly TailEntry[]): number {
  return tail.reduce((sum, { count }) => sum + count, 0);
}

function keepBest<T extends Embedded>(found: Map<string, Match<T>>, query: Query): void {
  const kept = new Set(best(found.values(), query).map(({ record }) => record.id));
  for (const id of [...found.keys()]) if (!kept.has(id)) found.delete(id);
}

function best<T extends Embedded>(matches: Iterable<Match<T>>, query: Query): Match<T>[] {
  return [...matches]
    .filter((match) => match.cosine >= query.minCosine)
    .sort((a, b) => b.cosine - a.cosine || (a.record.id < b.record.id ? -1 : 1))
    .slice(0, query.limit);
}
