/**
 * Whether all that is kept of a collection agrees: the records with both indexes, the counters with the
 * records, faces with users, the bucket with the manifests. And putting right what can be put right.
 */
import { indexSource } from '../../../functions/common/index-source.ts';
import { createMaintenance } from '../../../functions/common/maintenance.ts';
import type { Collection, Counts, IndexKind } from '../../../layers/records/index.ts';
import { INDEX_KINDS, indexName } from '../../../layers/records/index.ts';
import type { Embedded, IndexProblem } from '../../../layers/vectors/index.ts';
import {
  collectGarbage,
  findGarbage,
  ShardCache,
  verifyIndex,
} from '../../../layers/vectors/index.ts';
import { Agreement } from './agreement.ts';
import type { Opened } from './open.ts';

export interface Verification {
  readonly counts: Counts;
  /** What there is less what is counted. */
  readonly miscounted: Counts;
  /** Of those of the collection's face model; what an upgrade prepares or keeps is not looked into. */
  readonly indexes: Readonly<Record<IndexKind, readonly IndexProblem[]>>;
  /** What is wrong between users and their faces, in words. */
  readonly users: readonly string[];
  /** Keys of objects that nobody needs any more. */
  readonly garbage: readonly string[];
}

/** What is written while a collection is verified may look wrong; a second look tells. */
const LOOKS = 3;

/** A fold may lose to others so often. */
const ATTEMPTS = 5;

/** @returns what is wrong in two looks that follow each other, or nothing at one */
export async function verify(opened: Opened, collection: Collection): Promise<Verification> {
  let before = await look(opened, collection);
  for (let i = 1; i < LOOKS && !isFine(before); i++) {
    const after = await look(opened, collection);
    before = inBoth(before, after);
  }
  return before;
}

/** Whether nothing is wrong; what is there twice changes no answer. */
export function isFine({ miscounted, indexes, users, garbage }: Verification): boolean {
  const problems = INDEX_KINDS.flatMap((kind) => indexes[kind]);
  return (
    miscounted.faces === 0 &&
    miscounted.users === 0 &&
    users.length === 0 &&
    garbage.length === 0 &&
    problems.every(({ kind }) => kind === 'twice')
  );
}

/** @returns what was done, in words */
export async function repair(
  { records, store, faceModels }: Opened,
  collection: Collection,
  { indexes, miscounted, garbage, users }: Verification,
): Promise<string[]> {
  const done: string[] = [];
  const maintenance = createMaintenance({
    records,
    store,
    faceModels,
    cache: new ShardCache(store, 0),
  });
  for (const kind of INDEX_KINDS) {
    if (indexes[kind].length === 0) continue;
    const index = indexName(kind, collection);
    // What is in the tail would be in a shard twice: once from there, once from its record.
    await maintenance.fold(collection, index);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      let { outcome, left } = await maintenance.fold(collection, index, { shards: 'anew' });
      while (outcome === 'folded' && left > 0) {
        ({ outcome, left } = await maintenance.fold(collection, index));
      }
      if (outcome === 'folded') done.push(`The shards of the ${kind} are made anew.`);
      if (outcome === 'folded') break;
      if (attempt === ATTEMPTS) done.push(`The shards of the ${kind} are not made: ${outcome}.`);
    }
  }
  if (miscounted.faces !== 0 || miscounted.users !== 0) {
    await records.collections.correctCounts(collection, miscounted);
    done.push('The counters are corrected.');
  }
  if (garbage.length > 0) {
    const { generation } = collection;
    const collected = await collectGarbage({ records, store, clock: Date.now, generation });
    done.push(`${collected.length} objects are deleted.`);
  }
  if (users.length > 0) done.push('Users and faces that disagree are left as they are.');
  return done;
}

async function look(
  { records, store, faceModels }: Opened,
  collection: Collection,
): Promise<Verification> {
  const agreement = new Agreement(records, collection);
  const problems = (kind: IndexKind, all: () => AsyncIterable<Embedded>) => {
    const { dimension } = indexSource(collection, kind, records, faceModels);
    const index = indexName(kind, collection);
    return verifyIndex(collection, { records, store, index, dimension, all });
  };
  const before = await records.collections.counts(collection);
  const indexes = {
    faces: await problems('faces', () => agreement.allFaces()),
    users: await problems('users', () => agreement.allUsers()),
  };
  const disagreements = await agreement.disagreements();
  const counts = await records.collections.counts(collection);
  const isQuiet = before.faces === counts.faces && before.users === counts.users;
  const garbage: string[] = [];
  const { generation } = collection;
  for await (const keys of findGarbage({ records, store, clock: Date.now, generation })) {
    garbage.push(...keys);
  }
  return {
    counts,
    miscounted: isQuiet
      ? { faces: agreement.faces - counts.faces, users: agreement.users - counts.users }
      : { faces: 0, users: 0 },
    indexes,
    users: disagreements,
    garbage,
  };
}

function inBoth(one: Verification, other: Verification): Verification {
  const problems = (of: IndexKind) => {
    const known = new Set(one.indexes[of].map(({ kind, subject }) => `${kind} ${subject}`));
    return other.indexes[of].filter(({ kind, subject }) => known.has(`${kind} ${subject}`));
  };
  const same = (a: number, b: number) => (a === b ? a : 0);
  return {
    counts: other.counts,
    miscounted: {
      faces: same(one.miscounted.faces, other.miscounted.faces),
      users: same(one.miscounted.users, other.miscounted.users),
    },
    indexes: { faces: problems('faces'), users: problems('users') },
    users: other.users.filter((text) => one.users.includes(text)),
    garbage: other.garbage.filter((key) => one.garbage.includes(key)),
  };
}
