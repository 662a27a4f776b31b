/**
 * A step of the sweep: takes what has been deleted out of kept answers and notes of uploads, then looks where
 * something is left of deletions, and leaves receipts of those of which nothing is.
 */
import type { Present, Records } from '../../layers/records/index.ts';
import type { ErasingResult, ErasingWork } from './erasing.ts';
import { followErasures, pendingErasures } from './erasing.ts';

/** Time to finish a portion that has been begun. */
const RESERVE_MS = 60_000;

/** @param timeLeft milliseconds */
export async function sweepErasures(
  work: ErasingWork,
  timeLeft: () => number,
): Promise<ErasingResult> {
  const pending = await pendingErasures(work);
  for (const generation of new Set(pending.map((erasure) => erasure.generation))) {
    if (timeLeft() < RESERVE_MS) break;
    await work.records.traces.erase({ generation }, presentIn(work.records, generation));
  }
  return followErasures(work, pending, () => timeLeft() > RESERVE_MS);
}

/** An object of the upload bucket counts as there: its note stays, without the deleted faces. */
function presentIn(
  { faces, users }: Pick<Records, 'faces' | 'users'>,
  generation: string,
): Present {
  return {
    faces: (ids) => faces.existing({ generation }, ids),
    users: (userIds) => users.existing({ generation }, userIds),
    objects: async (keys) => new Set(keys),
  };
}
