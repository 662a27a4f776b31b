/**
 * The tail of an index: what has been written since the last fold.
 *
 * An entry is one item, written in the transaction that wrote (or deleted) the records it is about, and
 * taken away by the fold that put it into a shard. Its payload is opaque here; the vectors layer makes
 * and reads it. Entries are spread over buckets, so they have no order.
 */
import type { IndexName, Key } from './keys.ts';
import { TAIL_BUCKETS, tailPartition } from './keys.ts';
import type { Table, Write } from './table.ts';

/** `add`: vectors with their ids. `remove`: ids whose records have been deleted. */
export type TailKind = 'add' | 'remove';

export interface TailEntry {
  readonly key: Key;
  readonly kind: TailKind;
  /** How many vectors or ids. */
  readonly count: number;
  readonly payload: Uint8Array;
}

export class Tail {
  readonly #table: Table;
  readonly #newId: () => string;
  readonly #random: () => number;

  constructor(table: Table, newId: () => string, random: () => number) {
    this.#table = table;
    this.#newId = newId;
    this.#random = random;
  }

  /** The write that appends an entry, to be made part of a transaction. */
  append(
    generation: string,
    index: IndexName,
    entry: { readonly kind: TailKind; readonly count: number; readonly payload: Uint8Array },
  ): Write {
    const bucket = Math.floor(this.#random() * TAIL_BUCKETS);
    return {
      put: { pk: tailPartition(generation, index, bucket), sk: this.#newId(), ...entry },
    };
  }

  /**
   * Everything that was acknowledged before the call is in the answer, unless a fold took it away.
   * @param atMost about how many entries are read, the oldest of each bucket; default: all
   */
  async read(
    generation: string,
    index: IndexName,
    atMost = Number.POSITIVE_INFINITY,
  ): Promise<TailEntry[]> {
    const share = Math.ceil(atMost / TAIL_BUCKETS);
    const buckets = Array.from({ length: TAIL_BUCKETS }, (_, bucket) =>
      this.#readBucket(tailPartition(generation, index, bucket), share),
    );
    return (await Promise.all(buckets)).flat();
  }

  async #readBucket(partition: string, atMost: number): Promise<TailEntry[]> {
    const entries: TailEntry[] = [];
    for await (const page of this.#table.query(partition)) {
      for (const { pk, sk, kind, count, payload } of page) {
        entries.push({
          key: { pk, sk },
          kind: kind === 'remove' ? 'remove' : 'add',
          count: Number(count),
          payload: payload as Uint8Array,
        });
      }
      if (entries.length >= atMost) return entries.slice(0, atMost);
    }
    return entries;
  }

  async delete(entries: readonly TailEntry[]): Promise<void> {
    await this.#table.batchDelete(entries.map(({ key }) => key));
  }
}
