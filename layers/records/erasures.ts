/**
 * Erasures: deletions on their way through every place where something is kept, and the receipts that stay.
 *
 * A deletion notes itself in the transaction that it is, under the ids of what it deletes: there is no
 * deletion without a note. Whoever goes after it (`functions/common/erasing.ts`) notes when a place was found
 * without them. When all were, the ids give way to digests: a receipt outlives what it speaks of, so it
 * names nobody, and whoever has an id can see whether it speaks of that.
 */
import { createHash } from 'node:crypto';
import { encodeTime } from 'ulid';
import { ERASURES, erasureKey, receiptKey, receiptsPartition } from './keys.ts';
import type { Item, Table, Write } from './table.ts';

/** `FACES`: some faces. `USER`: a user, whose faces stayed. `COLLECTION`: all that was in it. */
export type ErasureSubject = 'FACES' | 'USER' | 'COLLECTION';

/** `REQUEST`: somebody deleted it. `RETENTION`: its time was over. */
export type ErasureCause = 'REQUEST' | 'RETENTION' | 'UPGRADE';

/**
 * `table`: the records. `tail`: what has not been folded. `shards`: every object of the index, named or not.
 * `traces`: kept answers, notes of uploads, the log of outcomes.
 */
export type ErasurePlace = 'table' | 'tail' | 'shards' | 'traces';

export const ERASURE_PLACES: readonly ErasurePlace[] = ['table', 'tail', 'shards', 'traces'];

/** By place, when it was first found without what was deleted: milliseconds since the epoch. */
export type Gone = Partial<Readonly<Record<ErasurePlace, number>>>;

export interface NewErasure {
  readonly subject: ErasureSubject;
  readonly cause: ErasureCause;
  readonly collectionId: string;
  readonly generation: string;
  /** As the indexes know them: ids of faces, or the key of a user. */
  readonly ids: readonly string[];
  /** As clients know them: ids of faces, of the user, or of the collection. */
  readonly names: readonly string[];
}

export interface Erasure extends NewErasure {
  /** A ULID. */
  readonly id: string;
  /** Milliseconds since the epoch, taken just before it was committed. */
  readonly deletedAt: number;
  readonly gone: Gone;
}

/** What stays of an erasure. */
export interface ErasureReceipt {
  /** That of the erasure. */
  readonly id: string;
  readonly subject: ErasureSubject;
  readonly cause: ErasureCause;
  /** Of the names, by {@link subjectDigest}. */
  readonly digests: readonly string[];
  /** Those of them that were stored again before everything was gone. */
  readonly storedAgain: readonly string[];
  readonly deletedAt: number;
  readonly gone: Gone;
  /** A backup of the table may hold it until then; absent where there are no backups. */
  readonly backupsUntil?: number | undefined;
}

/** How long receipts are kept: three years, in seconds. */
const RECEIPT_LIFETIME_S = 3 * 366 * 24 * 60 * 60;

const DIGEST_BYTES = 16;

/**
 * What a receipt calls what it speaks of.
 * @param receiptId makes the same name another digest in each receipt
 * @returns 22 characters of base64url: half a SHA-256
 */
export function subjectDigest(receiptId: string, collectionId: string, name: string): string {
  return createHash('sha256')
    .update(JSON.stringify([receiptId, collectionId, name]))
    .digest()
    .subarray(0, DIGEST_BYTES)
    .toString('base64url');
}

export class Erasures {
  readonly #table: Table;
  readonly #clock: () => Date;
  readonly #newId: () => string;

  constructor(table: Table, clock: () => Date, newId: () => string) {
    this.#table = table;
    this.#clock = clock;
    this.#newId = newId;
  }

  /** The write that notes a deletion, to be made part of the transaction that deletes. */
  begin({ ids, names, ...erasure }: NewErasure): Write {
    const deletedAt = this.#clock().getTime();
    const same = ids.length === names.length && ids.every((id, i) => id === names[i]);
    return {
      put: {
        ...erasureKey(this.#newId()),
        ...erasure,
        ids,
        ...(same ? {} : { names }),
        deletedAt,
        gone: {},
      },
    };
  }

  /** In the order in which they were begun. */
  async *pending(): AsyncGenerator<Erasure> {
    for await (const page of this.#table.query(ERASURES)) yield* page.map(erasureOf);
  }

  /** Notes in which places it was found gone; does nothing to one that has been settled. */
  async observe(erasure: Erasure, gone: Gone): Promise<void> {
    await this.#table.put({ ...itemOf(erasure), gone }, 'attribute_exists(pk)');
  }

  /**
   * Leaves the receipt and forgets the ids. May be done twice; the second time does nothing.
   * @param storedAgain those of the names that there are again
   */
  async settle(
    erasure: Erasure,
    gone: Gone,
    storedAgain: readonly string[],
    backupsUntil: number | undefined,
  ): Promise<void> {
    const { id, collectionId, names, subject, cause, deletedAt } = erasure;
    const digest = (name: string) => subjectDigest(id, collectionId, name);
    const receipt = { subject, cause, digests: names.map(digest), deletedAt, gone };
    await this.#table.transact([
      {
        put: {
          ...receiptKey(collectionDigest(collectionId), id),
          ...receipt,
          storedAgain: storedAgain.map(digest),
          ...(backupsUntil === undefined ? {} : { backupsUntil }),
          expires: Math.ceil(deletedAt / 1000) + RECEIPT_LIFETIME_S,
        },
      },
      { remove: erasureKey(id), condition: 'attribute_exists(pk)' },
    ]);
  }

  /**
   * All that is known of deletions in a collection of that id, whether it exists or not, settled or not, in the
   * order in which they were begun.
   * @param options.after the id of a receipt after which to begin
   * @param options.from milliseconds since the epoch
   */
  async *receipts(
    collectionId: string,
    options: { readonly after?: string | undefined; readonly from?: number | undefined } = {},
  ): AsyncGenerator<ErasureReceipt> {
    const { from } = options;
    // No ULID of that millisecond sorts before its time alone.
    const begin = [options.after, from === undefined ? undefined : encodeTime(within(from), 10)]
      .filter((bound) => bound !== undefined)
      .sort()
      .at(-1);
    const now = this.#clock().getTime() / 1000;
    const settled = this.#settled(collectionId, begin, now);
    const pending = this.#pendingOf(collectionId, begin);
    yield* inOrder(settled, pending);
  }

  async *#settled(collectionId: string, after: string | undefined, now: number) {
    const partition = receiptsPartition(collectionDigest(collectionId));
    for await (const page of this.#table.query(partition, { after })) {
      for (const item of page) if (Number(item['expires']) > now) yield receiptOf(item);
    }
  }

  async *#pendingOf(collectionId: string, after: string | undefined) {
    for await (const page of this.#table.query(ERASURES, { after })) {
      for (const item of page) {
        const erasure = erasureOf(item);
        if (erasure.collectionId === collectionId) yield unsettledReceipt(erasure);
      }
    }
  }
}

function collectionDigest(collectionId: string): string {
  return createHash('sha256').update(`collection ${collectionId}`).digest('base64url');
}

function unsettledReceipt({ id, subject, cause, collectionId, names, deletedAt, gone }: Erasure) {
  const digests = names.map((name) => subjectDigest(id, collectionId, name));
  return { id, subject, cause, digests, storedAgain: [], deletedAt, gone };
}

function erasureOf(item: Item): Erasure {
  const { sk, subject, cause, collectionId, generation, ids, names, deletedAt, gone } =
    item as unknown as Item & Omit<Erasure, 'id' | 'names'> & { names?: readonly string[] };
  return {
    id: sk,
    subject,
    cause,
    collectionId,
    generation,
    ids,
    names: names ?? ids,
    deletedAt,
    gone,
  };
}

function itemOf({ id, ...erasure }: Erasure): Item {
  return { ...erasureKey(id), ...erasure };
}

function receiptOf(item: Item): ErasureReceipt {
  const { sk, subject, cause, digests, storedAgain, deletedAt, gone, backupsUntil } =
    item as unknown as Item & Omit<ErasureReceipt, 'id'>;
  return { id: sk, subject, cause, digests, storedAgain, deletedAt, gone, backupsUntil };
}

/** Both in the order of ids; of an erasure that is settled meanwhile the receipt counts. */
async function* inOrder(
  one: AsyncGenerator<ErasureReceipt>,
  other: AsyncGenerator<ErasureReceipt>,
): AsyncGenerator<ErasureReceipt> {
  let a = (await one.next()).value as ErasureReceipt | undefined;
  let b = (await other.next()).value as ErasureReceipt | undefined;
  while (a !== undefined || b !== undefined) {
    if (b === undefined || (a !== undefined && a.id <= b.id)) {
      if (a !== undefined && a.id === b?.id) b = (await other.next()).value;
      if (a !== undefined) yield a;
      a = (await one.next()).value;
    } else {
      yield b;
      b = (await other.next()).value;
    }
  }
}

/** The first and the last millisecond that a ULID can name. */
const [FIRST, LAST] = [0, 2 ** 48 - 1];

function within(time: number): number {
  return Math.min(LAST, Math.max(FIRST, time));
}
