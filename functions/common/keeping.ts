/**
 * Faces that an upgrade keeps in the face model that their collection had: how they get a vector of the one it has,
 * and how the other slot is emptied of everybody else.
 */
import {
  type Collection,
  indexName,
  keptOf,
  type Missing,
  type Progress,
  type Records,
  type VectorOfFace,
} from '../../layers/records/index.ts';
import { encodeIds, LONGEST_READER_MS } from '../../layers/vectors/index.ts';
import type { Jobs } from './services.ts';
import { facesTail, USER_TAIL } from './users.ts';

export interface KeepingWork {
  readonly records: Records;
  readonly jobs: Pick<Jobs, 'tailGrew'>;
}

/** So many records are gone through before it is noted. */
const AT_ONCE = 2000;

/** Each of them may take a transaction. */
const USERS_AT_ONCE = 100;

/** By the clock of any machine, whoever writes lets nothing stay behind any more when the slot is pruned. */
const CLOCKS_MS = 60_000;

/**
 * Gives kept faces their vector, and their users.
 * @returns ids of those that have it now
 * @throws CollectionNotFoundError, CollectionChangedError, BusyError
 */
export async function moveKept(
  {
    records,
    jobs,
  }: { readonly records: Pick<Records, 'keeping'>; readonly jobs: KeepingWork['jobs'] },
  collection: Collection,
  vectors: readonly VectorOfFace[],
): Promise<Set<string>> {
  if (vectors.length === 0) return new Set();
  const encoder = { faces: facesTail, ids: encodeIds, users: USER_TAIL };
  const { given, kept } = await records.keeping.move(
    collection,
    vectors,
    encoder,
    LONGEST_READER_MS,
  );
  if (given.length > 0) {
    await jobs.tailGrew(collection, 'faces', given.length);
    await jobs.tailGrew(collection, 'users', 1);
  }
  return new Set([...given, ...kept]);
}

/**
 * Whether there is something to do: the slot is to be pruned when nobody can be reading it alone any more, and looked
 * at once more when its index is empty, as nobody seems to be kept then.
 */
export async function isSettleable(
  { records }: Pick<KeepingWork, 'records'>,
  collection: Collection,
  now: number,
): Promise<boolean> {
  const { upgrade, generation } = collection;
  const kept = keptOf(collection);
  if (upgrade === undefined || kept === undefined) return false;
  if (!upgrade.isPruned) return now - upgrade.since > LONGEST_READER_MS + CLOCKS_MS;
  const index = indexName('faces', kept);
  const { length } = await records.tail.measure(generation, index);
  if (length > 0) return false;
  const { shards } = await records.manifests.get(generation, index);
  return shards.every(({ count }) => count === 0);
}

/**
 * Goes over all faces and users: of those that are not kept the other slot is emptied, those that are kept are
 * counted. Where there are none, nothing is kept any more.
 * @param proceed asked between portions; the next call goes on
 * @returns whether it has gone over all
 * @throws CollectionNotFoundError, CollectionChangedError
 */
export async function settleKept(
  { records, jobs }: KeepingWork,
  collection: Collection,
  proceed: () => boolean,
): Promise<boolean> {
  do {
    const before = await records.upgrades.progress(collection);
    const { kind } = before;
    const portion =
      kind === 'faces'
        ? await facesPortion(records, collection, before)
        : await usersPortion(records, collection, before);
    if (kind === 'faces') await records.keeping.prune(collection, portion.pruned, encodeIds);
    else {
      for (const userId of portion.pruned) {
        await records.keeping.pruneUser(collection, userId, USER_TAIL);
      }
    }
    if (portion.pruned.length > 0) await jobs.tailGrew(collection, kind, portion.pruned.length);
    if (portion.next === undefined) {
      await end({ records }, collection, portion.missing);
      return true;
    }
    await records.upgrades.note(collection, before, portion.next);
  } while (proceed());
  return false;
}

async function end(
  { records }: Pick<KeepingWork, 'records'>,
  collection: Collection,
  missing: Missing,
) {
  if (missing.faces === 0) await records.upgrades.release(collection);
  else await records.upgrades.pruned(collection, missing);
}

interface Portion {
  readonly pruned: string[];
  readonly missing: Missing;
  /** Undefined at the end. */
  readonly next: Progress | undefined;
}

async function facesPortion(
  { faces }: Records,
  collection: Collection,
  { after, missing }: Progress,
): Promise<Portion> {
  const slots = [collection, { slot: collection.upgrade?.slot }] as const;
  const pruned: string[] = [];
  let [seen, kept] = [0, 0];
  let last: string | undefined;
  for await (const face of faces.held(collection.generation, slots, after)) {
    if (!face.one) kept++;
    else if (face.other) pruned.push(face.id);
    if (++seen < AT_ONCE) continue;
    last = face.id;
    break;
  }
  const counted = { ...missing, faces: missing.faces + kept };
  const kind = last === undefined ? 'users' : 'faces';
  return { pruned, missing: counted, next: { kind, after: last, missing: counted } };
}

async function usersPortion(
  { users }: Records,
  collection: Collection,
  { after, missing }: Progress,
): Promise<Portion> {
  const pruned: string[] = [];
  let [seen, kept] = [0, 0];
  let last: string | undefined;
  for await (const user of users.list(collection, { after, expected: USERS_AT_ONCE })) {
    if (user.kept !== undefined && user.vector === undefined) kept++;
    else if (user.kept !== undefined) pruned.push(user.userId);
    if (++seen < USERS_AT_ONCE) continue;
    last = user.id;
    break;
  }
  const counted = { ...missing, users: missing.users + kept };
  const next: Progress | undefined =
    last === undefined ? undefined : { kind: 'users', after: last, missing: counted };
  return { pruned, missing: counted, next };
}
