/**
 * The manifest of an index: the one mutable thing of it, which names the live shards.
 *
 * It is replaced as a whole, on the condition that nobody else replaced it meanwhile and that the
 * collection still exists, so that nothing can be folded into a collection whose remains are being purged.
 */
import type { IndexName } from './keys.ts';
import { manifestKey } from './keys.ts';
import type { Removals } from './removals.ts';
import { unchangedIndexes, type Versioned } from './slots.ts';
import type { Table } from './table.ts';

export interface ShardReference {
  /** The object in the shard bucket. */
  readonly key: string;
  readonly count: number;
  readonly bytes: number;
  /**
   * The version of the manifest up to which its rows follow the deletions. Shards of before there was a list
   * of their ids, and an order of their rows, have none.
   */
  readonly clearedAt?: number;
}

/** All shards are being made anew from the records, segment by segment of the ids. */
export interface Renewal {
  /** Into how many segments the ids are divided. */
  readonly segments: number;
  /** How many of them are done. */
  readonly done: number;
  /** Keys of the shards that go when all segments are done. */
  readonly replaced: readonly string[];
}

/** A shard that is named no more, but may still be in the hands of a reader. */
export interface RetiredShard {
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly retiredAt: number;
}

export interface Manifest {
  /** 0 as long as nothing has been folded. */
  readonly version: number;
  readonly shards: readonly ShardReference[];
  readonly retired: readonly RetiredShard[];
  readonly renewal?: Renewal;
}

export class Manifests {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(generation: string, index: IndexName): Promise<Manifest> {
    const item = await this.#table.get(manifestKey(generation, index));
    if (item === undefined) return { version: 0, shards: [], retired: [] };
    const { version, shards, retired, renewal } = item as unknown as Manifest;
    return { version, shards, retired, ...(renewal && { renewal }) };
  }

  /**
   * Puts `next` in the place of `current`.
   * @param notes prepared for the version of `next`
   * @returns false if `current` is not current any more, or the collection has been deleted or upgraded by a step
   */
  async swap(
    collection: Versioned,
    index: IndexName,
    current: Manifest,
    next: Omit<Manifest, 'version'>,
    notes: readonly Removals[] = [],
  ): Promise<boolean> {
    const { generation } = collection;
    const { shards, retired, renewal } = next;
    const refusals = await this.#table.transact([
      {
        put: {
          ...manifestKey(generation, index),
          version: current.version + 1,
          shards,
          retired,
          ...(renewal && { renewal }),
        },
        condition: current.version === 0 ? 'attribute_not_exists(pk)' : 'version = :current',
        ...(current.version === 0 ? {} : { values: { ':current': current.version } }),
      },
      unchangedIndexes(collection),
      ...notes.map(({ key, version, ids }) => ({ put: { ...key, version, ids } })),
    ]);
    return refusals === undefined;
  }
}
