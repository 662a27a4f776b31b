/**
 * Which shards a fold merges, and how large shards become.
 *
 * Levels by size: what is new takes along the smallest shards, as long as they are not much larger than
 * what has come together so far. A shard that stays is then more than twice as large as all smaller ones
 * together, so there are few of them, and a vector is rewritten only as often as their sizes double. Shards
 * as large as shards may be are never merged.
 */
import type { ShardReference } from '../records/index.ts';
import { planeRowBytes } from './planes.ts';

/** Shards do not grow beyond this many bytes: a function loads one in a second. */
const MAX_SHARD_BYTES = 55_600_000;
/** Of a row, beside its codes in two planes: its scale, its error and its id. */
const ROW_BYTES = 24;

/** The most rows of a shard: 257,407 of 192 dimensions, 53,053 of 1,024. */
export function mostRows(dimension: number): number {
  return Math.floor(MAX_SHARD_BYTES / (2 * planeRowBytes(dimension) + ROW_BYTES));
}

/** A shard is merged into a new one that is at least half its size: few shards, few rewrites. */
const MERGE_RATIO = 2;

/** The smallest shards, as long as they are not much larger than what they are merged into. */
export function chooseMerged(
  shards: readonly ShardReference[],
  count: number,
  most: number,
): ShardReference[] {
  const chosen: ShardReference[] = [];
  let size = count;
  for (const shard of [...shards].sort((a, b) => a.count - b.count)) {
    if (shard.count > size * MERGE_RATIO || shard.count + size > most) break;
    chosen.push(shard);
    size += shard.count;
  }
  return chosen;
}

/** Rows cut into as few shards as hold them, all about as large. */
export function blocksOf<T>(rows: readonly T[], most: number): T[][] {
  const count = Math.ceil(rows.length / most);
  const bound = (block: number) => Math.floor((block * rows.length) / count);
  return Array.from({ length: count }, (_, block) => rows.slice(bound(block), bound(block + 1)));
}
