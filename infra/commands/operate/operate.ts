/** Folds or verifies collections and says what came of each. */
import { createMaintenance } from '../../../functions/common/maintenance.ts';
import type { Collection, IndexName } from '../../../layers/records/index.ts';
import { INDEX_KINDS, indexesOf } from '../../../layers/records/index.ts';
import type { IndexProblem } from '../../../layers/vectors/index.ts';
import { ShardCache } from '../../../layers/vectors/index.ts';
import type { Opened } from './open.ts';
import { isFine, repair, type Verification, verify } from './verify.ts';

/** Bytes of shards in memory while several are merged. */
const CACHE_BYTES = 256 * 1024 * 1024;

/** So many problems of a kind are named one by one. */
const NAMED = 5;

/** What is to be done with which collections. */
export interface Request {
  readonly action: 'fold' | 'verify';
  /** Their ids; empty for all. */
  readonly collections: readonly string[];
  /** Whether what is wrong is put right, where that can be. */
  readonly repair?: boolean;
}

/** What came of one collection. */
export interface Report {
  readonly isWell: boolean;
  /** For people. */
  readonly lines: readonly string[];
  /** For programs. */
  readonly details: object;
}

/**
 * @param signal ends it between two collections, or two portions of a fold; nothing is left half done
 * @throws CollectionNotFoundError, and what database and store throw
 */
export async function* operate(
  { action, collections, repair: isRepair = false }: Request,
  opened: Opened,
  signal: AbortSignal,
): AsyncGenerator<Report> {
  for (const id of collections.length > 0 ? collections : await allIds(opened)) {
    if (signal.aborted) return;
    const collection = await opened.records.collections.get(id);
    yield action === 'fold'
      ? await foldAll(opened, collection, signal)
      : await check(opened, collection, isRepair);
  }
}

async function allIds({ records }: Opened): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id } of records.collections.list()) ids.push(id);
  return ids;
}

/** Folds all indexes, portion by portion, until nothing is left to do or others do it. */
async function foldAll(
  { records, store, faceModels }: Opened,
  collection: Collection,
  signal: AbortSignal,
): Promise<Report> {
  const cache = new ShardCache(store, CACHE_BYTES);
  const maintenance = createMaintenance({ records, store, faceModels, cache });
  const indexes: { index: IndexName; added: number; removed: number; outcome: string }[] = [];
  for (const index of indexesOf(collection)) {
    let [added, removed] = [0, 0];
    let result = await maintenance.fold(collection, index);
    while (result.outcome === 'folded') {
      added += result.added;
      removed += result.removed;
      if (signal.aborted) break;
      result = await maintenance.fold(collection, index);
    }
    const outcome = result.outcome === 'folded' ? 'interrupted' : result.outcome;
    indexes.push({ index, added, removed, outcome });
  }
  const end = (outcome: string) => (outcome === 'nothing to do' ? '' : `, then ${outcome}`);
  return {
    isWell: indexes.every(({ outcome }) => outcome === 'nothing to do'),
    lines: indexes.map(
      ({ index, added, removed, outcome }) =>
        `${collection.id}: ${index}: ${added} added, ${removed} removed${end(outcome)}`,
    ),
    details: { collection: collection.id, indexes },
  };
}

async function check(opened: Opened, collection: Collection, isRepair: boolean): Promise<Report> {
  const found = await verify(opened, collection);
  const isAnythingToDo = INDEX_KINDS.some((kind) => found.indexes[kind].length > 0);
  if (!isRepair || (isFine(found) && !isAnythingToDo)) {
    return {
      isWell: isFine(found),
      lines: describe(collection, found),
      details: { collection: collection.id, isWell: isFine(found), found },
    };
  }
  const done = await repair(opened, collection, found);
  const after = await verify(opened, collection);
  return {
    isWell: isFine(after),
    lines: [...describe(collection, found), ...done, ...describe(collection, after)],
    details: { collection: collection.id, isWell: isFine(after), found, done, after },
  };
}

function describe({ id }: Collection, found: Verification): string[] {
  const { counts, miscounted, indexes, users, garbage } = found;
  const faces = counts.faces + miscounted.faces;
  const people = counts.users + miscounted.users;
  return [
    `${id}: ${faces} faces, ${people} users: ${isFine(found) ? 'all is well' : 'NOT WELL'}`,
    ...(miscounted.faces === 0 ? [] : [`  ${counts.faces} faces are counted.`]),
    ...(miscounted.users === 0 ? [] : [`  ${counts.users} users are counted.`]),
    ...INDEX_KINDS.flatMap((kind) => named(indexes[kind]).map((line) => `  ${kind}: ${line}`)),
    ...users.map((line) => `  ${line}`),
    ...(garbage.length === 0 ? [] : [`  ${garbage.length} objects that nobody needs any more.`]),
  ];
}

const MEANINGS: Readonly<Record<IndexProblem['kind'], string>> = {
  lost: 'shards are missing or damaged; searches answer from the records',
  count: 'shards hold another number of vectors than the manifest says',
  missing: 'records are in no shard and not in the tail: no search finds them',
  codes: 'vectors are not those of their records',
  extra: 'vectors have no record',
  twice: 'vectors are in two shards, which changes no answer',
};

function named(problems: readonly IndexProblem[]): string[] {
  const kinds = new Map<IndexProblem['kind'], string[]>();
  for (const { kind, subject } of problems) kinds.set(kind, [...(kinds.get(kind) ?? []), subject]);
  return [...kinds].map(([kind, subjects]) => {
    const more = subjects.length > NAMED ? ', ...' : '';
    return `${subjects.length} ${MEANINGS[kind]}: ${subjects.slice(0, NAMED).join(', ')}${more}`;
  });
}
