/**
 * What is left of deleted collections, and taking it away.
 *
 * The note of a purge is written by the transaction that deletes the collection and goes last, so that a
 * purge that dies is found and carried on. Every step may run twice.
 */
import { type IdRange, idRanges } from './id-ranges.ts';
import {
  COUNT_BUCKETS,
  countKey,
  facesPartition,
  INDEX_NAMES,
  manifestKey,
  mergesPartition,
  PURGES,
  purgeKey,
  removalsPartition,
  retentionKey,
  suppressionsPartition,
  TAIL_BUCKETS,
  tailPartition,
  tokensPartition,
  upgradeKey,
  uploadsPartition,
  usersPartition,
} from './keys.ts';
import type { Table } from './table.ts';

export interface Purge {
  readonly generation: string;
  readonly collectionId: string;
  readonly requestedAt: Date;
  /** When somebody was last seen at work on it; else when it was requested. */
  readonly lastSeen: Date;
}

/** Somebody's turn to purge a generation, alone. */
export interface PurgeLease {
  /** Says that it goes on. @returns whether it does: somebody else may have begun meanwhile */
  renew(): Promise<boolean>;
  /** Lets others go on. */
  release(): Promise<void>;
}

/** As long as this nobody else begins, after a sign of life. */
const LEASE_MS = 2 * 60 * 1000;

/** Signs of life are given so often. */
const RENEW_MS = 20_000;

/** So many parts of the faces are deleted side by side. */
const PARALLEL_RANGES = 8;

/** Another one is at work on the same purge. */
export class PurgeContendedError extends Error {
  override readonly name = 'PurgeContendedError';
}

export class Purges {
  readonly #table: Table;
  readonly #clock: () => Date;
  readonly #newId: () => string;

  constructor(table: Table, clock: () => Date, newId: () => string) {
    this.#table = table;
    this.#clock = clock;
    this.#newId = newId;
  }

  async pending(): Promise<Purge[]> {
    const purges: Purge[] = [];
    for await (const page of this.#table.query(PURGES)) {
      for (const { sk, collectionId, requestedAt, leasedUntil } of page) {
        const requested = Number(requestedAt);
        const seen = leasedUntil === undefined ? requested : Number(leasedUntil) - LEASE_MS;
        purges.push({
          generation: sk,
          collectionId: String(collectionId),
          requestedAt: new Date(requested),
          lastSeen: new Date(Math.max(requested, seen)),
        });
      }
    }
    return purges;
  }

  /** @returns undefined if there is nothing to purge, or somebody else is at it */
  async take(generation: string): Promise<PurgeLease | undefined> {
    const note = await this.#table.get(purgeKey(generation));
    if (note === undefined) return undefined;
    const holder = this.#newId();
    const hold = (condition: string, values: Record<string, unknown>, lease = LEASE_MS) => {
      const leasedUntil = this.#clock().getTime() + lease;
      return this.#table.put({ ...note, holder, leasedUntil }, condition, values);
    };
    const isMine = ['holder = :holder', { ':holder': holder }] as const;
    const isFree =
      'attribute_exists(pk) AND (attribute_not_exists(leasedUntil) OR leasedUntil <= :now)';
    if (!(await hold(isFree, { ':now': this.#clock().getTime() }))) return undefined;
    return { renew: () => hold(...isMine), release: async () => void (await hold(...isMine, 0)) };
  }

  /**
   * Deletes every item of a generation. First the counters, without which no face and no user can be
   * stored; then the users, without which no face can be associated and no token be used up. What was
   * deleted before it died is not there any more, so it goes on where it ended.
   * @param lease renewed on the way; default: nobody else can be at it
   * @param isOver whether the time is over
   * @returns whether it came to its end
   * @throws PurgeContendedError
   */
  async deleteItems(
    generation: string,
    lease?: PurgeLease,
    isOver: () => boolean = () => false,
  ): Promise<boolean> {
    let renewed = this.#clock().getTime();
    const goOn = async () => {
      if (lease === undefined || this.#clock().getTime() - renewed < RENEW_MS) return;
      renewed = this.#clock().getTime();
      if (!(await lease.renew())) throw new PurgeContendedError(`${generation} is being purged.`);
    };
    const clear = async (partition: string, range?: IdRange) => {
      const query = { attributes: ['pk', 'sk'], range };
      for await (const page of this.#table.query(partition, query)) {
        if (isOver()) return;
        await this.#table.batchDelete(page);
        await goOn();
      }
    };
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
      ...INDEX_NAMES.map((index) => removalsPartition(generation, index)),
      uploadsPartition(generation),
      suppressionsPartition(generation),
      mergesPartition(generation),
    ];
    for (const partition of partitions) await clear(partition);
    // By far the most; DynamoDB divides a partition that is busy in several places.
    const faces = facesPartition(generation);
    await Promise.all(idRanges(PARALLEL_RANGES).map((range) => clear(faces, range)));
    if (isOver()) return false;
    await this.#table.batchDelete([
      ...INDEX_NAMES.map((index) => manifestKey(generation, index)),
      retentionKey(generation),
      upgradeKey(generation),
    ]);
    return true;
  }

  /** Forgets a purge of which nothing is left. */
  async finish(generation: string): Promise<void> {
    await this.#table.batchDelete([purgeKey(generation)]);
  }
}
