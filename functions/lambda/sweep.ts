/**
 * The function that runs by the clock: whatever was to be done later and was not, because a message was
 * lost or an environment died, is asked for again.
 *
 * - A tail that is long, or holds something old, is to be folded: what has been deleted leaves the shards
 *   with the next fold.
 * - A collection that was deleted a while ago and still has remains is to be purged.
 *
 * It measures on the way: the longest tail, and the age of the oldest purge that is still to be done.
 */
import type { Context } from 'aws-lambda';
import { decodeTime } from 'ulid';
import type { Records, TailEntry } from '../../layers/records/index.ts';
import { CollectionNotFoundError, INDEX_NAMES } from '../../layers/records/index.ts';
import { foldAt } from './environment.ts';
import type { Queues } from './queues.ts';
import { queues, records } from './services.ts';
import type { Telemetry } from './telemetry.ts';
import { telemetry } from './telemetry.ts';

export interface SweepWork {
  readonly records: {
    readonly collections: Pick<Records['collections'], 'list' | 'get'>;
    readonly tail: Pick<Records['tail'], 'read'>;
    readonly purges: Pick<Records['purges'], 'pending'>;
  };
  readonly queues: Pick<Queues, 'fold' | 'purge'>;
  readonly foldAt: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly telemetry: Pick<Telemetry, 'sweep' | 'warn'>;
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
 * the last.
 * @param timeLeft milliseconds
 */
export async function sweep(work: SweepWork, timeLeft: () => number): Promise<void> {
  const oldestPurge = await sweepPurges(work);
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
  work.telemetry.sweep(longestTail, oldestPurge);
  if (unfinished > 0) {
    const error = new Error(`${unfinished} of ${ids.length} collections were not looked at.`);
    work.telemetry.warn('The time for a sweep was over before it was done.', error);
  }
}

/** @returns the age in seconds of the oldest pending purge, 0 if there is none */
async function sweepPurges({ records, queues, clock }: SweepWork): Promise<number> {
  const now = clock();
  let oldest = 0;
  for (const { generation, requestedAt } of await records.purges.pending()) {
    const age = now - requestedAt.getTime();
    oldest = Math.max(oldest, age);
    if (age >= LATE_PURGE_MS) await queues.purge({ generation });
  }
  return oldest / 1000;
}

/** @returns how long the longest tail was */
async function sweepTails(work: SweepWork, collectionId: string): Promise<number> {
  const { records, queues, clock } = work;
  const generation = await generationOf(work, collectionId);
  if (generation === undefined) return 0;
  let longest = 0;
  for (const index of INDEX_NAMES) {
    const tail = await records.tail.read(generation, index);
    const length = tail.reduce((sum, { count }) => sum + count, 0);
    longest = Math.max(longest, length);
    if (length >= work.foldAt || age(tail, clock()) >= OLD_TAIL_MS) {
      await queues.fold({ collectionId, generation, index });
    }
  }
  return longest;
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
  return Math.max(0, ...tail.map(({ key }) => now - decodeTime(key.sk)));
}

export const handler = async (_event: unknown, context: Context): Promise<void> => {
  const work: SweepWork = {
    records: records(),
    queues: queues(),
    foldAt: foldAt(),
    clock: Date.now,
    random: Math.random,
    telemetry: telemetry(),
  };
  await sweep(work, () => context.getRemainingTimeInMillis());
};
