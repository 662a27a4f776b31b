/**
 * Following deletions until nothing is left of them: looks in every place for what was deleted, notes where it
 * is gone, and leaves the receipt when it is gone everywhere. Deletes nothing itself; folds, purges and garbage
 * collection do. May run beside anything, twice, and die anywhere.
 *
 * What was stored again after its deletion (the same photograph under the same name has the same FaceId) is no
 * trace of the deletion: it is left out, and the receipt says so.
 */
import type {
  Erasure,
  ErasurePlace,
  Gone,
  IndexKind,
  Records,
} from '../../layers/records/index.ts';
import { ERASURE_PLACES, INDEX_NAMES } from '../../layers/records/index.ts';
import { idsInShards, idsInTail, type ShardStore } from '../../layers/vectors/index.ts';

export interface ErasingWork {
  readonly records: Pick<Records, 'erasures' | 'faces' | 'users' | 'tail' | 'purges' | 'traces'>;
  readonly store: Pick<ShardStore, 'list' | 'get'>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** How long after a change the table can be brought back to before it; 0 where it has no backups. */
  readonly backupDays: number;
}

export interface ErasingResult {
  readonly settled: number;
  /** Of which something is left somewhere. */
  readonly pending: number;
}

/** So many erasures are looked for at once: 97,000 ids at the most. */
const AT_ONCE = 1000;

/** So many are in memory: half a million ids at the most. The others have their turn when these are settled. */
const MOST = 5000;

const DAY_MS = 24 * 60 * 60 * 1000;

/** What is pending, the oldest first, {@link MOST} at the most. Ask before traces are erased, look ({@link followErasures}) after. */
export async function pendingErasures({
  records,
}: Pick<ErasingWork, 'records'>): Promise<Erasure[]> {
  const pending: Erasure[] = [];
  for await (const erasure of records.erasures.pending()) {
    pending.push(erasure);
    if (pending.length === MOST) break;
  }
  return pending;
}

/**
 * @param pending those that are followed
 * @param proceed asked between portions; what is left out is looked at the next time
 */
export async function followErasures(
  work: ErasingWork,
  pending: readonly Erasure[],
  proceed: () => boolean = () => true,
): Promise<ErasingResult> {
  let settled = 0;
  for (const [generation, all] of byGeneration(pending)) {
    for (let i = 0; i < all.length && proceed(); i += AT_ONCE) {
      settled += await follow(work, generation, all.slice(i, i + AT_ONCE));
    }
  }
  return { settled, pending: pending.length - settled };
}

/** @returns how many have been settled */
async function follow(
  work: ErasingWork,
  generation: string,
  erasures: readonly Erasure[],
): Promise<number> {
  const { records, clock } = work;
  const again = await storedAgain(work, generation, erasures);
  const found = await look(work, generation, erasures, again);
  const isPurged = !(await records.purges.pending()).some(
    (purge) => purge.generation === generation,
  );
  const now = clock();
  let settled = 0;
  for (const erasure of erasures) {
    const isGone = (place: ErasurePlace) =>
      erasure.subject === 'COLLECTION'
        ? isPurged && found.isEmpty
        : !erasure.ids.some((id) => found[place].has(id) && !again.has(id));
    const gone: Gone = Object.fromEntries(
      ERASURE_PLACES.filter(isGone).map((place) => [place, erasure.gone[place] ?? now]),
    );
    if (ERASURE_PLACES.every((place) => gone[place] !== undefined)) {
      const names = erasure.names.filter((_, i) => again.has(erasure.ids[i] ?? ''));
      await records.erasures.settle(erasure, gone, names, backupsUntil(gone, work));
      settled++;
    } else if (ERASURE_PLACES.some((place) => gone[place] !== erasure.gone[place])) {
      await records.erasures.observe(erasure, gone);
    }
  }
  return settled;
}

/** Which of the ids have a record again. */
async function storedAgain(
  { records }: ErasingWork,
  generation: string,
  erasures: readonly Erasure[],
): Promise<ReadonlySet<string>> {
  const faces = idsOf(erasures, 'faces');
  const users = erasures.filter(({ subject }) => subject === 'USER');
  const there = await records.users.existing({ generation }, [
    ...new Set(users.flatMap(({ names }) => names)),
  ]);
  const keys = users.filter(({ names }) => there.has(names[0] ?? '')).flatMap(({ ids }) => ids);
  return new Set([...(await records.faces.existing({ generation }, [...faces])), ...keys]);
}

type Found = Readonly<Record<ErasurePlace, ReadonlySet<string>>> & {
  /** No tail and no object is left of the generation. */
  readonly isEmpty: boolean;
};

/** By place, which of the ids are there. The records were looked at before. */
async function look(
  { records, store }: ErasingWork,
  generation: string,
  erasures: readonly Erasure[],
  again: ReadonlySet<string>,
): Promise<Found> {
  const idsIn = (index: IndexKind) =>
    new Set([...idsOf(erasures, index)].filter((id) => !again.has(id)));
  const ids = { faces: idsIn('faces'), users: idsIn('users') };
  const tail = new Set<string>();
  for (const index of INDEX_NAMES) {
    const entries = await records.tail.read(generation, index);
    for (const id of idsInTail(entries)) tail.add(id);
  }
  let objects = 0;
  for await (const _ of store.list(generation)) objects++;
  const traces = await mentioned(records, generation, erasures);
  return {
    table: new Set(),
    tail,
    shards: await idsInShards(store, generation, ids),
    traces,
    isEmpty: tail.size === 0 && objects === 0,
  };
}

/** @returns ids as the indexes know them */
async function mentioned(
  { traces }: Pick<Records, 'traces'>,
  generation: string,
  erasures: readonly Erasure[],
): Promise<Set<string>> {
  const idOf = new Map(
    erasures.flatMap(({ ids, names }) => ids.map((id, i) => [names[i] ?? id, id] as const)),
  );
  const names = await traces.mentioned({ generation }, new Set(idOf.keys()));
  return new Set([...names].flatMap((name) => idOf.get(name) ?? []));
}

function idsOf(erasures: readonly Erasure[], index: IndexKind): Set<string> {
  const subject = index === 'faces' ? 'FACES' : 'USER';
  return new Set(erasures.filter((each) => each.subject === subject).flatMap(({ ids }) => ids));
}

/** The shards' bucket has no versions; the table can be restored to any moment before it was gone there. */
function backupsUntil(gone: Gone, { backupDays }: ErasingWork): number | undefined {
  if (backupDays === 0) return undefined;
  const inTable = [gone.table, gone.tail, gone.traces].map((at) => at ?? 0);
  return Math.max(...inTable) + backupDays * DAY_MS;
}

function byGeneration(erasures: readonly Erasure[]): Map<string, Erasure[]> {
  const groups = new Map<string, Erasure[]>();
  for (const erasure of erasures) {
    const group = groups.get(erasure.generation);
    if (group === undefined) groups.set(erasure.generation, [erasure]);
    else group.push(erasure);
  }
  return groups;
}
