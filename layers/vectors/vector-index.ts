/**
 * Searching the vectors of a collection, exactly and with one's own writes in view.
 *
 * The tail is read before the manifest: an entry that is folded in between is seen twice, never missed.
 * Codes only select; the reported cosine comes from the float32 vector of the record, and a vector whose
 * record is gone is no match. A shard that is lost or damaged is stood in for by the records it was made of.
 */
import {
  type Collection,
  type IndexKind,
  indexName,
  type Records,
  type ShardReference,
  type TailEntry,
} from '../records/index.ts';
import { cosine } from './scan.ts';
import type { Scanner } from './scanner.ts';
import type { Embedded, Shard } from './shard.ts';
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
  /** What is searched for, in the slot that a collection is seen through. */
  readonly index: IndexKind;
  readonly records: {
    readonly tail: Pick<Records['tail'], 'read'>;
    readonly manifests: Pick<Records['manifests'], 'get'>;
  };
  readonly source: Source<T>;
  readonly scanner: Scanner;
  /**
   * The rows of a shard that is lost, from the records that it stood for; nothing if it is not known which
   * those were.
   */
  readonly restore: (
    collection: Collection,
    shard: ShardReference,
  ) => Promise<readonly Shard[] | undefined>;
  /** Told how many vectors and deletions the tail held, after each search. */
  readonly onTail?: (collection: Collection, length: number) => Promise<void>;
  /** Told when a shard was lost or damaged, before the records answer in its place. */
  readonly onShardLost?: (
    collection: Collection,
    error: Error,
    key: string | undefined,
  ) => void | Promise<void>;
}

/** Of so many lost shards the rows are kept, until they are made anew. */
const RESTORED = 2;

/** Beside the best ones, so many records are in memory. */
const RECORDS_AT_ONCE = 4096;

export class VectorIndex<T extends Embedded> {
  readonly #options: VectorIndexOptions<T>;
  /** By key, the latest last. */
  readonly #restoring = new Map<string, Promise<readonly Shard[] | undefined>>();

  constructor(options: VectorIndexOptions<T>) {
    this.#options = options;
  }

  /** The best matches, best first; equal ones in the order of their ids. */
  async search(collection: Collection, query: Query): Promise<Match<T>[]> {
    const { records, onTail, onShardLost } = this.#options;
    const index = indexName(this.#options.index, collection);
    const tail = await records.tail.read(collection.generation, index);
    await onTail?.(collection, tailLength(tail));
    const manifest = await records.manifests.get(collection.generation, index);
    const recent = tail
      .filter(({ kind }) => kind === 'add')
      .map(({ payload }) => decodeShard(payload));
    let folded = manifest.shards;
    for (;;) {
      try {
        return await this.#searchShards(collection, query, recent, folded);
      } catch (error) {
        if (!(error instanceof ShardMissingError || error instanceof ShardCorruptError)) {
          throw error;
        }
        const lost = folded.find(({ key }) => key === error.key);
        await onShardLost?.(collection, error, lost?.key);
        const rows = lost && (await this.#restored(collection, lost));
        if (rows === undefined) return this.#searchRecords(collection, query);
        recent.push(...rows);
        folded = folded.filter((shard) => shard !== lost);
      }
    }
  }

  /** Searches that meet the same lost shard share what is made of its records. */
  async #restored(
    collection: Collection,
    shard: ShardReference,
  ): Promise<readonly Shard[] | undefined> {
    const known = this.#restoring.get(shard.key);
    if (known !== undefined) return known;
    const rows = this.#options.restore(collection, shard);
    this.#restoring.set(shard.key, rows);
    for (const [key] of [...this.#restoring].slice(0, -RESTORED)) this.#restoring.delete(key);
    rows.catch(() => this.#restoring.delete(shard.key));
    return rows;
  }

  async #searchShards(
    collection: Collection,
    query: Query,
    recent: readonly Shard[],
    folded: readonly ShardReference[],
  ): Promise<Match<T>[]> {
    const { scanner, source } = this.#options;
    const selector = await scanner.open(query.vector, recent, folded);
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

  /** The records alone answer as well, only slower; where it is not known which of them a shard stood for. */
  async #searchRecords(collection: Collection, query: Query): Promise<Match<T>[]> {
    const found = new Map<string, Match<T>>();
    for await (const record of this.#options.source.all(collection)) {
      const match = { record, cosine: cosine(query.vector, record.vector) };
      if (match.cosine < query.minCosine || record.id === query.exclude) continue;
      found.set(record.id, match);
      if (found.size > query.limit + RECORDS_AT_ONCE) keepBest(found, query);
    }
    return best(found.values(), query);
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
