/**
 * What runs by the clock: whatever was to be done later and was not, because a message was lost or an
 * environment died, is asked for again, and garbage is collected.
 *
 * - A tail that is long, or holds something old, is to be folded, and so is an index whose shards are yet to
 *   follow deletions. Where there is neither nothing is asked for, so a collection at rest costs no folds.
 * - A collection that was deleted a while ago and still has remains is to be purged.
 * - Objects in the bucket that nobody needs go.
 *
 * It measures on the way, and says at once what it has measured: how long a purge has not got on, and the
 * longest tail. What fails for one collection fails for it alone.
 *
 * One sweeps at a time. Where the time is over, the next sweep goes on.
 */
import { decodeTime } from 'ulid';
import type { Collection, Purge, Records, SweepLease } from '../../layers/records/index.ts';
import { CollectionNotFoundError, indexesOf } from '../../layers/records/index.ts';
import type { FoldRequest, Maintenance, PurgeRequest } from './services.ts';

export interface SweepWork {
  readonly records: {
    readonly collections: Pick<Records['collections'], 'list' | 'get'>;
    readonly tail: Pick<Records['tail'], 'measure'>;
    readonly removals: Pick<Records['removals'], 'read'>;
    readonly purges: Pick<Records['purges'], 'pending'>;
    /** None where nobody else can be sweeping. */
    readonly sweeps?: Pick<Records['sweeps'], 'take'>;
  };
  /** Asks for work; resolves when it is certain to be done. */
  readonly ask: {
    fold(request: FoldRequest): Promise<void>;
    purge(request: PurgeRequest): Promise<void>;
  };
  readonly maintenance: Pick<Maintenance, 'collect'>;
  /** Vectors and deletions in a tail that make a fold worth its while. */
  readonly foldAt: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly warn: (message: string, error: Error) => void;
  readonly report: SweepReport;
}

/** Told of each measurement when it is made. */
export interface SweepReport {
  /** Seconds for which the purge that has rested longest has done so, 0 if there is none. */
  oldestPurge(seconds: number): void;
  /** Vectors and deletions in the longest tail. */
  longestTail(length: number): void;
  /** Objects that were deleted. */
  collected(count: number): void;
}

/** A tail whose oldest entry has waited for so long is folded, however short it is. */
const OLD_TAIL_MS = 60 * 60 * 1000;

/** By then the purge queue has delivered its message, and again if the first attempt died. */
const LATE_PURGE_MS = 45 * 60 * 1000;

/** So many collections are looked at side by side. */
const PARALLEL = 8;

/** Time to finish what has been begun. */
const RESERVE_MS = 20_000;

/** Clocks of machines differ by less. */
const CLOCKS_MS = 5_000;

/**
 * Goes through everything, or as far as the time allows.
 * @param timeLeft milliseconds
 */
export async function sweep(work: SweepWork, timeLeft: () => number): Promise<void> {
  const { records, report } = work;
  const alone: SweepLease = { after: undefined, release: async () => undefined };
  const lease = records.sweeps ? await records.sweeps.take(timeLeft() + CLOCKS_MS) : alone;
  if (lease === undefined) return;
  let after = lease.after;
  try {
    await alarmed(work, 'Purges were not looked at', () => sweepPurges(work));
    const reached = await sweepCollections(work, after, timeLeft);
    after = reached.after;
    report.longestTail(reached.longest);
    await alarmed(work, 'Garbage was not collected', async () => {
      report.collected((await work.maintenance.collect()).length);
    });
  } finally {
    await lease.release(after);
  }
}

/** Does one of several things; the others do not fail with it. */
async function alarmed(
  { warn }: Pick<SweepWork, 'warn'>,
  what: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    warn(`${what}; the next sweep tries again.`, cause);
  }
}

async function sweepPurges(work: SweepWork): Promise<void> {
  const { records, ask, clock, report } = work;
  const now = clock();
  const age = ({ lastSeen }: Purge) => now - lastSeen.getTime();
  const pending = await records.purges.pending();
  report.oldestPurge(pending.reduce((oldest, purge) => Math.max(oldest, age(purge)), 0) / 1000);
  for (const purge of pending) {
    if (age(purge) < LATE_PURGE_MS) continue;
    const { generation } = purge;
    await alarmed(work, 'A purge was not asked for', () => ask.purge({ generation }));
  }
}

interface Reached {
  /** Vectors and deletions of the longest tail. */
  readonly longest: number;
  /** The last collection that was looked at, undefined for the last one there is. */
  readonly after: string | undefined;
}

/** @param after the collection after which to begin; after the last one comes the first one */
async function sweepCollections(
  work: SweepWork,
  after: string | undefined,
  timeLeft: () => number,
): Promise<Reached> {
  let longest = 0;
  let reached = after;
  let batch: string[] = [];
  const look = async () => {
    const lengths = await Promise.all(batch.map((id) => sweepTails(work, id)));
    longest = Math.max(longest, ...lengths);
    reached = batch.at(-1) ?? reached;
    batch = [];
  };
  const isOver = () => timeLeft() < RESERVE_MS;
  for (const begin of after === undefined ? [undefined] : [after, undefined]) {
    for await (const { id } of work.records.collections.list(begin)) {
      // All the way round.
      if (begin === undefined && after !== undefined && id > after) break;
      batch.push(id);
      if (batch.length < PARALLEL) continue;
      if (isOver()) break;
      await look();
    }
    if (isOver()) break;
    await look();
  }
  if (!isOver()) return { longest, after: undefined };
  const error = new Error(`Collections after ${reached ?? 'the first'} were not looked at.`);
  work.warn('The time for a sweep was over before it was done; the next one goes on.', error);
  return { longest, after: reached };
}

/** @returns how long the longest tail of the collection was */
async function sweepTails(work: SweepWork, collectionId: string): Promise<number> {
  let longest = 0;
  await alarmed(work, `Collection ${collectionId} was not looked at`, async () => {
    const collection = await collectionOf(work, collectionId);
    if (collection === undefined) return;
    const { generation } = collection;
    for (const index of indexesOf(collection)) {
      const { length, oldest } = await work.records.tail.measure(generation, index);
      longest = Math.max(longest, length);
      const age = oldest === undefined ? 0 : work.clock() - decodeTime(oldest);
      const isDue = length >= work.foldAt || age >= OLD_TAIL_MS;
      if (isDue || (await work.records.removals.read(generation, index, 1)).length > 0) {
        await work.ask.fold({ collectionId, generation, index });
      }
    }
  });
  return longest;
}

/** @returns undefined if the collection has been deleted meanwhile */
async function collectionOf(
  { records }: SweepWork,
  collectionId: string,
): Promise<Collection | undefined> {
  try {
    return await records.collections.get(collectionId);
  } catch (error) {
    if (error instanceof CollectionNotFoundError) return undefined;
    throw error;
  }
}
