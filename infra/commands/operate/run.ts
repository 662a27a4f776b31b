/** Carries out a command and says what came of it, line by line. */
import { createMaintenance } from '../../../functions/common/maintenance.ts';
import type { Collection } from '../../../layers/records/index.ts';
import { INDEX_NAMES } from '../../../layers/records/index.ts';
import type { IndexProblem } from '../../../layers/vectors/index.ts';
import { ShardCache } from '../../../layers/vectors/index.ts';
import type { Command } from './command.ts';
import type { Opened } from './place.ts';
import { isFine, repair, type Verification, verify } from './verify.ts';

/** Bytes of shards in memory while several are merged. */
const CACHE_BYTES = 256 * 1024 * 1024;

/** So many problems of a kind are named one by one. */
const NAMED = 5;

/**
 * @param print told each line
 * @returns whether all is well in the end
 * @throws CollectionNotFoundError, and what database and store throw
 */
export async function run(
  command: Command,
  opened: Opened,
  print: (line: string) => void,
): Promise<boolean> {
  let isWell = true;
  for (const id of await idsOf(command, opened)) {
    const collection = await opened.records.collections.get(id);
    const done =
      command.action === 'fold'
        ? await foldAll(opened, collection, print)
        : await check(opened, collection, command.repair, print);
    isWell &&= done;
  }
  return isWell;
}

async function idsOf({ collections }: Command, { records }: Opened): Promise<readonly string[]> {
  if (collections !== 'all') return collections;
  const ids: string[] = [];
  for await (const { id } of records.collections.list()) ids.push(id);
  return ids;
}

/** Folds both indexes, portion by portion, until nothing is left to do or others do it. */
async function foldAll(
  { records, store, faceModels }: Opened,
  collection: Collection,
  print: (line: string) => void,
): Promise<boolean> {
  const cache = new ShardCache(store, CACHE_BYTES);
  const maintenance = createMaintenance({ records, store, faceModels, cache });
  let isWell = true;
  for (const index of INDEX_NAMES) {
    let [added, removed] = [0, 0];
    let result = await maintenance.fold(collection, index);
    while (result.outcome === 'folded') {
      added += result.added;
      removed += result.removed;
      result = await maintenance.fold(collection, index);
    }
    const end = result.outcome === 'nothing to do' ? '' : `, then ${result.outcome}`;
    print(`${collection.id}: ${index}: ${added} added, ${removed} removed${end}`);
    isWell &&= result.outcome === 'nothing to do';
  }
  return isWell;
}

async function check(
  opened: Opened,
  collection: Collection,
  isRepair: boolean,
  print: (line: string) => void,
): Promise<boolean> {
  const found = await verify(opened, collection);
  for (const line of describe(collection, found)) print(line);
  const isAnythingToDo = INDEX_NAMES.some((index) => found.indexes[index].length > 0);
  if (!isRepair || (isFine(found) && !isAnythingToDo)) return isFine(found);
  for (const line of await repair(opened, collection, found)) print(line);
  const after = await verify(opened, collection);
  for (const line of describe(collection, after)) print(line);
  return isFine(after);
}

function describe({ id }: Collection, found: Verification): string[] {
  const { counts, miscounted, indexes, users, garbage } = found;
  const faces = counts.faces + miscounted.faces;
  const people = counts.users + miscounted.users;
  return [
    `${id}: ${faces} faces, ${people} users: ${isFine(found) ? 'all is well' : 'NOT WELL'}`,
    ...(miscounted.faces === 0 ? [] : [`  ${counts.faces} faces are counted.`]),
    ...(miscounted.users === 0 ? [] : [`  ${counts.users} users are counted.`]),
    ...INDEX_NAMES.flatMap((index) => named(indexes[index]).map((line) => `  ${index}: ${line}`)),
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
