/**
 * Ids whose rows are to leave the shards of an index, and have left some of them.
 *
 * What a fold finds gone is noted here under the version of the manifest that the fold makes. A note is about
 * every shard that was cleared at an earlier version, and goes when there is none. It comes to be in the transaction
 * that puts the manifest in place (manifests.ts): of a user it says that the fold has a newer vector, which is nowhere
 * if the fold fails.
 */
import { type IndexName, type Key, removalsPartition } from './keys.ts';
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
   * Notes for the manifest of a version to come to be with.
   * @param ids a multiple of 16 bytes; all of them have to fit into a transaction, of 4 MB
   */
  prepare(generation: string, index: IndexName, version: number, ids: Uint8Array): Removals[] {
    const pk = removalsPartition(generation, index);
    const notes: Removals[] = [];
    for (let at = 0; at < ids.length; at += BYTES_PER_ITEM) {
      const sk = `${String(version).padStart(12, '0')}#${this.#newId()}`;
      notes.push({ key: { pk, sk }, version, ids: ids.slice(at, at + BYTES_PER_ITEM) });
    }
    return notes;
  }

  async delete(notes: readonly Removals[]): Promise<void> {
    await this.#table.batchDelete(notes.map(({ key }) => key));
  }
}
