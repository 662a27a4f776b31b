/**
 * What runs by the clock: whatever was to be done later and was not, because a message was lost or an
 * environment died, is asked for again, and garbage is collected.
 *
 * - A tail that is long, or holds something old, is to be folded: what has been deleted leaves the shards
 *   with the next fold. A tail that is empty asks for nothing, so a collection at rest costs no folds.
 * - A collection that was deleted a while ago and still has remains is to be purged.
 * - Objects in the bucket that nobody needs go.
 *
 * It measures on the way: the longest tail, and the age of the oldest purge that is still to be done.
 */
import { decodeTime } from 'ulid';
import type { Records, TailEntry } from '../../layers/records/index.ts';
import { CollectionNotFoundError, INDEX_NAMES } from '../../layers/records/index.ts';
import type { FoldRequest, Maintenance, PurgeRequest } from './services.ts';

export interface SweepWork {
  readonly records: {
    readonly collections: Pick<Records['collections'], 'list' | 'get'>;
    readonly tail: Pick<Records['tail'], 'read'>;
    readonly purges: Pick<Records['purges'], 'pending'>;
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
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly warn: (message: string, error: Error) => void;
}

export interface SweepFindings {
  /** Vectors and deletions in the longest tail. */
  readonly longestTail: number;
  /** Age in seconds of the oldest purge that is still to be done, 0 if there is none. */
  readonly oldestPurge: number;
  /** Objects that were deleted. */
  readonly collected: number;
}

/** A tail whose oldest entry has waited for so long is folded, however short it is. */
const OLD_TAIL_MS = 60 * 60 * 1000;

/** By then the purge queue has delivered its message, and again if the first attempt died. */
const LATE_PURGE_MS = 45 * 60 * 1000;

/** So many collections are looked at side by side. */
const PARALLEL = 8;

/** Time to finish what has been begun. */
const RESERVE_MS = 20_000;

/**
 * Goes once through everything, or as far as the time allows, beginning anywhere so that nobody is always
 * the last. Garbage that cannot be collected holds up nothing else.
 * @param timeLeft milliseconds
 */
export async function sweep(work: SweepWork, timeLeft: () => number): Promise<SweepFindings> {
  const oldestPurge = await sweepPurges(work);
  const longestTail = await sweepCollections(work, timeLeft);
  return { longestTail, oldestPurge, collected: await sweepGarbage(work) };
}

/** @returns the age in seconds of the oldest pending purge, 0 if there is none */
async function sweepPurges({ records, ask, clock }: SweepWork): Promise<number> {
  const now = clock();
  let oldest = 0;
  for (const { generation, requestedAt } of await records.purges.pending()) {
    const age = now - requestedAt.getTime();
    oldest = Math.max(oldest, age);
    if (age >= LATE_PURGE_MS) await ask.purge({ generation });
  }
  return oldest / 1000;
}

/** @returns how long the longest tail was */
async function sweepCollections(work: SweepWork, timeLeft: () => number): Promise<number> {
  const ids: string[] = [];
  for await (const { id } of work.records.collections.list()) ids.push(id);
  const start = Math.floor(work.random() * ids.length);
  const waiting = [...ids.slice(start), ...ids.slice(0, start)];

  let longestTail = 0;
  let unfinished = 0;
  const worker = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      if (timeLeft() < RESERVE_MS) {
        unfinished++;
        continue;
      }
      const length = await sweepTails(work, id);
      longestTail = Math.max(longestTail, length);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  if (unfinished > 0) {
    const error = new Error(`${unfinished} of ${ids.length} collections were not looked at.`);
    work.warn('The time for a sweep was over before it was done.', error);
  }
  return longestTail;
}

/** @returns how long the longest tail of the collection was */
async function sweepTails(work: SweepWork, collectionId: string): Promise<number> {
  const { records, ask, clock } = work;
  const generation = await generationOf(work, collectionId);
  if (generation === undefined) return 0;
  let longest = 0;
  for (const index of INDEX_NAMES) {
    const tail = await records.tail.read(generation, index);
    const length = tail.reduce((sum, { count }) => sum + count, 0);
    longest = Math.max(longest, length);
    if (length >= work.foldAt || age(tail, clock()) >= OLD_TAIL_MS) {
      await ask.fold({ collectionId, generation, index });
    }
  }
  return longest;
}

/** @returns how many objects were deleted */
async function sweepGarbage({ maintenance, warn }: SweepWork): Promise<number> {
  try {
    return (await maintenance.collect()).length;
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    warn('Garbage was not collected; the next sweep tries again.', cause);
    return 0;
  }
}

/** @returns undefined if the collection has been deleted meanwhile */
async function generationOf(
  { records }: SweepWork,
  collectionId: string,
): Promise<string | undefined> {
  try {
    return (await records.collections.get(collectionId)).generation;
  } catch (error) {
    if (error instanceof CollectionNotFoundError) return undefined;
    throw error;
  }
}

/** Milliseconds since the oldest entry was written, which its ULID tells. */
function age(tail: readonly TailEntry[], now: number): number {
  return tail.reduce((oldest, { key }) => Math.max(oldest, now - decodeTime(key.sk)), 0);
}
