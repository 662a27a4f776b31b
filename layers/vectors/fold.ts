/**
 * Folding the tail of an index into shards, and taking out of the shards what has been deleted.
 *
 * A fold takes an explicit set of tail entries, checks their records, writes shards, swaps the manifest on
 * its version, and deletes exactly those entries. It may die anywhere and run twice at once:
 *
 * - before the swap, nothing has changed but a shard that nobody names, which garbage.ts finds;
 * - after the swap, the entries are still in the tail and are folded once more, which changes no answer;
 * - of two at once, one loses the swap, deletes its shards and leaves the tail alone.
 *
 * How much a fold does is bounded by its limits (fold-options.ts), whatever the size of the index: what it found
 * deleted is noted (../records/removals.ts), and each fold goes over some of the shards that have not followed
 * all notes, those that have waited longest first. Until then the records answer for the deleted. A shard
 * that is lost is made anew from its own records (restore.ts), or where it is not known which they were, all
 * shards are, in steps (renewal.ts).
 *
 * A record that exists is never taken out of the shards, one that does not exist is: a face that was
 * deleted and stored again has an entry of its own that brings it back.
 */
import type { Collection } from '../records/index.ts';
import { changeOf } from './change.ts';
import { FOLD_LIMITS, type FoldOptions } from './fold-options.ts';
import { FoldWork } from './fold-work.ts';
import { LONGEST_FOLD_MS, LONGEST_READER_MS } from './garbage.ts';
import { objectsOf } from './id-list.ts';
import { encodeIds } from './ids.ts';

export interface FoldResult {
  readonly outcome: 'folded' | 'nothing to do' | 'lost to another fold' | 'too slow';
  /** Vectors that went from the tail into a shard. */
  readonly added: number;
  /** Ids of the tail that were found deleted. */
  readonly removed: number;
  /** A shard was made anew from the records. */
  readonly rebuilt: boolean;
  /** How many shards are still to follow deletions, or to be made anew. */
  readonly left: number;
}

export async function fold(collection: Collection, options: FoldOptions): Promise<FoldResult> {
  const { records, index, store, clock } = options;
  const limits = { ...FOLD_LIMITS, ...options.limits };
  const { generation } = collection;
  const started = clock();
  const tail = await records.tail.read(generation, index, limits.tail);
  const manifest = await records.manifests.get(generation, index);
  const notes = await records.removals.read(generation, index);
  const expired = manifest.retired.filter(
    ({ retiredAt }) => started - retiredAt > LONGEST_READER_MS,
  );
  const without = (outcome: FoldResult['outcome']): FoldResult => {
    return { outcome, added: 0, removed: 0, rebuilt: false, left: 0 };
  };
  const change = await changeOf(collection, tail, options);
  const version = manifest.version + 1;
  const outdated = encodeIds([...change.outdated]);
  const added = records.removals.prepare(generation, index, version, outdated);
  const work = new FoldWork({
    collection,
    manifest,
    notes: [...notes, ...added],
    limits,
    started,
    options,
  });
  await work.examine();
  if (tail.length === 0 && expired.length === 0 && work.left === 0) {
    // Of a fold that died before it forgot them.
    await records.removals.delete(work.followed());
    return without('nothing to do');
  }

  await work.takeIn(change.alive);
  await work.goOn();
  await store.delete(objectsOf(expired.map(({ key }) => key)));
  const retiredAt = clock();
  if (retiredAt - started > LONGEST_FOLD_MS) {
    await work.undo();
    return without('too slow');
  }
  const { shards, retired, renewal } = work.outcome();
  const next = {
    shards,
    retired: [
      ...manifest.retired.filter((shard) => !expired.includes(shard)),
      ...retired.map((key) => ({ key, retiredAt })),
    ],
    ...(renewal && { renewal }),
  };
  if (!(await records.manifests.swap(collection, index, manifest, next, added))) {
    await work.undo();
    return without('lost to another fold');
  }
  await records.tail.delete(tail);
  await records.removals.delete(work.followed());
  return {
    outcome: 'folded',
    added: change.alive.length,
    removed: change.removed,
    rebuilt: work.rebuilt,
    left: work.left,
  };
}
