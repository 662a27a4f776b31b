/**
 * The work of an upgrade, in portions that may be repeated, die anywhere and run beside each other. What has been
 * done is in the records: vectors in the faces, and how far a phase has come beside the collection.
 */
import {
  type Collection,
  CollectionNotFoundError,
  type Progress,
  type Records,
  shadowOf,
  WITHOUT_VECTOR,
} from '../../layers/records/index.ts';
import { LONGEST_READER_MS } from '../../layers/vectors/index.ts';
import { isSettleable, settleKept } from './keeping.ts';
import { deleteWithUsers } from './leaving.ts';
import type { Jobs } from './services.ts';
import { USER_TAIL } from './users.ts';

export interface UpgradeWork {
  readonly records: Records;
  readonly jobs: Pick<Jobs, 'tailGrew'>;
}

/** So many faces are gone through before it is noted. */
const FACES_AT_ONCE = 2000;

/** Each of them takes a transaction. */
const USERS_AT_ONCE = 100;

/** Faces that are dropped together: what fits into one transaction. */
const DROPPED_AT_ONCE = 90;

/**
 * Counts the faces that have no vector yet, then gives every user the vector that the faces make, then says that
 * the collection is ready.
 * @param proceed asked between portions; the next call goes on
 * @throws CollectionChangedError, CollectionNotFoundError, BusyError
 */
export async function prepareUpgrade(
  { records, jobs }: UpgradeWork,
  collection: Collection,
  proceed: () => boolean,
): Promise<void> {
  const view = shadowOf(collection);
  if (view === undefined) return;
  do {
    const before = await records.upgrades.progress(collection);
    const portion =
      before.kind === 'faces'
        ? await countFaces(records, collection, view, before)
        : await giveUsersVectors({ records, jobs }, collection, before);
    if (portion === 'done') return records.upgrades.ready(collection, before.missing);
    // Whoever was faster has noted it; what comes next is read anew.
    await records.upgrades.note(collection, before, portion);
  } while (proceed());
}

async function countFaces(
  { faces }: Records,
  collection: Collection,
  view: Collection,
  { after, missing }: Progress,
): Promise<Progress> {
  let [seen, lacking] = [0, 0];
  for await (const { line, lacks } of faces.lacking(collection, view, after)) {
    if (lacks) lacking++;
    if (++seen < FACES_AT_ONCE) continue;
    return {
      kind: 'faces',
      after: line.id,
      missing: { ...missing, faces: missing.faces + lacking },
    };
  }
  return {
    kind: 'users',
    after: undefined,
    missing: { ...missing, faces: missing.faces + lacking },
  };
}

async function giveUsersVectors(
  { records, jobs }: UpgradeWork,
  collection: Collection,
  { after, missing }: Progress,
): Promise<Progress | 'done'> {
  let [last, seen, lacking] = [after, 0, 0];
  const expected = USERS_AT_ONCE;
  for await (const { id, userId, faceIds } of records.users.list(collection, { after, expected })) {
    if (seen === USERS_AT_ONCE) break;
    last = id;
    seen++;
    if (faceIds.length === 0) continue;
    if ((await records.users.reindex(collection, userId, USER_TAIL)) === false) lacking++;
  }
  if (seen === 0) return 'done';
  await jobs.tailGrew(collection, 'users', seen);
  return { kind: 'users', after: last, missing: { ...missing, users: missing.users + lacking } };
}

/** Whether nobody can be reading any more what an upgrade leaves behind. */
export function isClearable({ upgrade }: Collection, now: number): boolean {
  if (upgrade?.phase !== 'CLEARING') return false;
  return upgrade.outcome === 'ABORTED' || now - upgrade.since > LONGEST_READER_MS;
}

/**
 * Takes away what an upgrade leaves behind: after a commit the faces that were to be dropped, then the vectors of the
 * slot that answers no more, then its indexes, then the upgrade.
 * @param proceed asked between portions; the next call goes on
 * @returns whether nothing is left
 */
export async function clearUpgrade(
  work: UpgradeWork,
  collection: Collection,
  proceed: () => boolean,
): Promise<boolean> {
  const { records } = work;
  do {
    const before = await records.upgrades.progress(collection);
    const next =
      before.kind === 'faces'
        ? await clearFaces(work, collection, before)
        : await clearUsers(records, collection, before);
    if (next === 'done') {
      await records.upgrades.clearIndexes(collection);
      await records.upgrades.end(collection);
      return true;
    }
    await records.upgrades.note(collection, before, next);
  } while (proceed());
  return false;
}

async function clearFaces(
  work: UpgradeWork,
  collection: Collection,
  { after, missing }: Progress,
): Promise<Progress> {
  const { records } = work;
  const { slot, outcome } = collection.upgrade ?? {};
  const [dropped, stripped]: [{ id: string; userId: string | undefined }[], string[]] = [[], []];
  let next: Progress = { kind: 'users', after: undefined, missing };
  const slots = [collection, { slot }] as const;
  for await (const face of records.faces.held(collection.generation, slots, after)) {
    if (!face.one && outcome === 'COMMITTED') dropped.push(face);
    else if (face.other) stripped.push(face.id);
    if (dropped.length < DROPPED_AT_ONCE && stripped.length < FACES_AT_ONCE) continue;
    next = { kind: 'faces', after: face.id, missing };
    break;
  }
  if (dropped.length > 0) {
    await deleteWithUsers(work, collection, dropped, 'UPGRADE', WITHOUT_VECTOR);
  }
  if (slot !== undefined) await records.faces.strip(collection, slot, stripped);
  return next;
}

async function clearUsers(
  { users }: Records,
  collection: Collection,
  { after, missing }: Progress,
): Promise<Progress | 'done'> {
  const { slot } = collection.upgrade ?? {};
  let [last, seen] = [after, 0];
  for await (const { id } of users.list(collection, { after, expected: USERS_AT_ONCE })) {
    if (seen === USERS_AT_ONCE) break;
    last = id;
    seen++;
    if (slot !== undefined) await users.strip(collection, slot, id);
  }
  return seen === 0 ? 'done' : { kind: 'users', after: last, missing };
}

/**
 * A step of the sweep: what upgrades have left behind goes, beside faces that are kept too. What fails in one collection holds up no other.
 * @returns how many upgrades have been cleared
 */
export async function sweepUpgrades(
  work: UpgradeWork & {
    /** Milliseconds since the epoch. */
    readonly clock: () => number;
    readonly warn: (message: string, error: Error) => void;
  },
  proceed: () => boolean,
): Promise<number> {
  const { collections } = work.records;
  let cleared = 0;
  for await (const { id } of collections.list()) {
    if (!proceed()) break;
    try {
      const collection = await collections.get(id);
      if (await isSettleable(work, collection, work.clock())) {
        await settleKept(work, collection, proceed);
      }
      if (!isClearable(collection, work.clock())) continue;
      if (await clearUpgrade(work, collection, proceed)) cleared++;
    } catch (error) {
      if (error instanceof CollectionNotFoundError) continue;
      const cause = error instanceof Error ? error : new Error(String(error));
      work.warn(
        `What an upgrade of ${id} left was not cleared; the next sweep tries again.`,
        cause,
      );
    }
  }
  return cleared;
}
