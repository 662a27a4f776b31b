/**
 * What is left of deleted collections, and taking it away.
 *
 * The note of a purge is written by the transaction that deletes the collection and goes last, so that a
 * purge that dies is found and carried on. Every step may run twice.
 */
import {
  COUNT_BUCKETS,
  countKey,
  facesPartition,
  INDEX_NAMES,
  manifestKey,
  mergesPartition,
  PURGES,
  purgeKey,
  retentionKey,
  suppressionsPartition,
  TAIL_BUCKETS,
  tailPartition,
  tokensPartition,
  uploadsPartition,
  usersPartition,
} from './keys.ts';
import type { Table } from './table.ts';

export interface Purge {
  readonly generation: string;
  readonly collectionId: string;
  readonly requestedAt: Date;
}

export class Purges {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async pending(): Promise<Purge[]> {
    const purges: Purge[] = [];
    for await (const page of this.#table.query(PURGES)) {
      for (const { sk, collectionId, requestedAt } of page) {
        purges.push({
          generation: sk,
          collectionId: String(collectionId),
          requestedAt: new Date(Number(requestedAt)),
        });
      }
    }
    return purges;
  }

  /**
   * Deletes every item of a generation. First the counters, without which no face and no user can be
   * stored; then the users, without which no face can be associated and no token be used up.
   */
  async deleteItems(generation: string): Promise<void> {
    await this.#table.batchDelete(
      Array.from({ length: COUNT_BUCKETS }, (_, bucket) => countKey(generation, bucket)),
    );
    const tails = INDEX_NAMES.flatMap((index) =>
      Array.from({ length: TAIL_BUCKETS }, (_, bucket) => tailPartition(generation, index, bucket)),
    );
    const partitions = [
      usersPartition(generation),
      tokensPartition(generation),
      ...tails,
      facesPartition(generation),
      uploadsPartition(generation),
      suppressionsPartition(generation),
      mergesPartition(generation),
    ];
    for (const partition of partitions) {
      for await (const page of this.#table.query(partition, { attributes: ['pk', 'sk'] })) {
        await this.#table.batchDelete(page);
      }
    }
    await this.#table.batchDelete([
      ...INDEX_NAMES.map((index) => manifestKey(generation, index)),
      retentionKey(generation),
    ]);
  }

  /** Forgets a purge of which nothing is left. */
  async finish(generation: string): Promise<void> {
    await this.#table.batchDelete([purgeKey(generation)]);
  }
}
