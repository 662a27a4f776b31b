/** Deleting faces whether they belong to somebody or not: they leave their users first. */
import type {
  Collection,
  DeletionCondition,
  ErasureCause,
  Records,
} from '../../layers/records/index.ts';
import { FACES_PER_CHANGE, UserNotFoundError } from '../../layers/records/index.ts';
import { encodeIds } from '../../layers/vectors/index.ts';
import type { Jobs } from './services.ts';
import { USER_TAIL, vectorOf } from './users.ts';

export interface Leaving {
  readonly id: string;
  readonly userId: string | undefined;
}

/**
 * May be repeated, and die anywhere: then some faces are gone, and of the others some belong to nobody.
 * @returns the ids of those that were deleted
 * @throws CollectionNotFoundError, BusyError, UserBusyError
 */
export async function deleteWithUsers(
  { records, jobs }: { readonly records: Records; readonly jobs: Pick<Jobs, 'tailGrew'> },
  collection: Collection,
  faces: readonly Leaving[],
  cause: ErasureCause,
  isWanted?: DeletionCondition,
): Promise<string[]> {
  const byUser = new Map<string, string[]>();
  for (const { id, userId } of faces) {
    if (userId !== undefined) byUser.set(userId, [...(byUser.get(userId) ?? []), id]);
  }
  for (const [userId, ids] of byUser) {
    await leave(records, collection, userId, ids);
    await jobs.tailGrew(collection, 'users', 1);
  }
  const ids = faces.map(({ id }) => id);
  const { deleted } = await records.faces.delete(collection, ids, encodeIds, cause, isWanted);
  if (deleted.length > 0) await jobs.tailGrew(collection, 'faces', deleted.length);
  return deleted;
}

/** Takes faces from a user, who may have lost them, or be gone. */
async function leave(
  records: Records,
  collection: Collection,
  userId: string,
  ids: readonly string[],
): Promise<void> {
  const leaving = new Set(ids);
  try {
    await records.users.change<true, true>(
      collection,
      userId,
      undefined,
      USER_TAIL,
      async (user) => {
        const all = user.faceIds.filter((id) => leaving.has(id));
        if (all.length === 0) return { answer: true };
        const disassociated = all.slice(0, FACES_PER_CHANGE);
        const staying = user.faceIds.filter((id) => !disassociated.includes(id));
        const known = await records.faces.getMany(collection, staying);
        const change = { associated: [], disassociated, vector: vectorOf(collection, known) };
        return all.length > disassociated.length
          ? { change, progress: true }
          : { change, answer: true };
      },
    );
  } catch (error) {
    if (!(error instanceof UserNotFoundError)) throw error;
  }
}
