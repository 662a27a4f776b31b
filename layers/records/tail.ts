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

export interface TailLength {
  /** Vectors and deletions. */
  readonly length: number;
  /** The id of the oldest entry, which tells when it was written; undefined for an empty tail. */
  readonly oldest: string | undefined;
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
   * @param atMost about how many vectors and deletions are read, the oldest of each bucket; default: all
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
    let length = 0;
    for await (const page of this.#table.query(partition)) {
      for (const { pk, sk, kind, count, payload } of page) {
        if (length >= atMost) return entries;
        length += Number(count);
        entries.push({
          key: { pk, sk },
          kind: kind === 'remove' ? 'remove' : 'add',
          count: Number(count),
          payload: payload as Uint8Array,
        });
      }
    }
    return entries;
  }

  /** How much there is, without reading what it is: of a tail of any length in little memory. */
  async measure(generation: string, index: IndexName): Promise<TailLength> {
    let length = 0;
    let oldest: string | undefined;
    for (let bucket = 0; bucket < TAIL_BUCKETS; bucket++) {
      const partition = tailPartition(generation, index, bucket);
      const attributes = ['sk', 'count'];
      for await (const page of this.#table.query(partition, { attributes })) {
        for (const { sk, count } of page) {
          length += Number(count);
          if (oldest === undefined || sk < oldest) oldest = sk;
        }
      }
    }
    return { length, oldest };
  }

  async delete(entries: readonly TailEntry[]): Promise<void> {
    await this.#table.batchDelete(entries.map(({ key }) => key));
  }
}
