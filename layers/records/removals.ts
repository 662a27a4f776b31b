/**
 * Ids whose rows are to leave the shards of an index, and have left some of them.
 *
 * What a fold finds gone is noted here under the version of the manifest that the fold makes. A note is about
 * every shard that was cleared at an earlier version, and goes when there is none. A fold that fails leaves
 * notes that are true as well: the ids were gone after the version before had been read, and what has come
 * back since is in the tail or in a later shard.
 */
import { type IndexName, type Key, removalsPartition } from './keys.ts';
import { unchangedIndexes, type Versioned } from './slots.ts';
import type { Table } from './table.ts';

export interface Removals {
  readonly key: Key;
  /** The version of the manifest at which they were gone. */
  readonly version: number;
  /** 16 bytes each. */
  readonly ids: Uint8Array;
}

/** An item holds 400 KB. */
const BYTES_PER_ITEM = 256_000;

export class RemovalNotes {
  readonly #table: Table;
  readonly #newId: () => string;

  constructor(table: Table, newId: () => string) {
    this.#table = table;
    this.#newId = newId;
  }

  /** In the order of their versions. @param atMost about how many notes; default: all */
  async read(
    generation: string,
    index: IndexName,
    atMost = Number.POSITIVE_INFINITY,
  ): Promise<Removals[]> {
    const notes: Removals[] = [];
    const options = Number.isFinite(atMost) ? { pageSize: atMost } : {};
    for await (const page of this.#table.query(removalsPartition(generation, index), options)) {
      for (const { pk, sk, version, ids } of page) {
        notes.push({ key: { pk, sk }, version: Number(version), ids: ids as Uint8Array });
      }
      if (notes.length >= atMost) break;
    }
    return notes;
  }

  /**
   * @param ids a multiple of 16 bytes
   * @returns the notes, or nothing if the collection has been deleted or upgraded by a step
   */
  async add(
    collection: Versioned,
    index: IndexName,
    version: number,
    ids: Uint8Array,
  ): Promise<Removals[] | undefined> {
    const { generation } = collection;
    const notes: Removals[] = [];
    for (let at = 0; at < ids.length; at += BYTES_PER_ITEM) {
      const note = {
        pk: removalsPartition(generation, index),
        sk: `${String(version).padStart(12, '0')}#${this.#newId()}`,
        version,
        ids: ids.slice(at, at + BYTES_PER_ITEM),
      };
      const refusals = await this.#table.transact([{ put: note }, unchangedIndexes(collection)]);
      if (refusals !== undefined) return undefined;
      notes.push({ key: { pk: note.pk, sk: note.sk }, version, ids: note.ids });
    }
    return notes;
  }

  async delete(notes: readonly Removals[]): Promise<void> {
    await this.#table.batchDelete(notes.map(({ key }) => key));
  }
}
