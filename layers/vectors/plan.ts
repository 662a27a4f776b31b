/**
 * Which shards a fold writes, and which it leaves as they are.
 *
 * Levels by size: what is new takes along the smallest shards, as long as they are not much larger than
 * what has come together so far. A shard that stays is then more than twice as large as all smaller ones
 * together, so there are few of them, and a vector is rewritten only as often as their sizes double.
 */
import type { Manifest, ShardReference } from '../records/index.ts';
import { idFromBytes } from './ids.ts';
import type { Row, Shard } from './shard.ts';

/** Shards do not grow beyond this many bytes: a function loads one in a second. */
const MAX_SHARD_BYTES = 55_600_000;
/** Of a row, beside a byte for each dimension: its scale and its id. */
const ROW_BYTES = 20;

/** The most rows of a shard: 262,264 of 192 dimensions, 53,256 of 1,024. */
export function mostRows(dimension: number): number {
  return Math.floor(MAX_SHARD_BYTES / (dimension + ROW_BYTES));
}

/** A shard is merged into a new one that is at least half its size: few shards, few rewrites. */
const MERGE_RATIO = 2;

/** What a tail does to the shards. */
export interface Change {
  /** The vectors to be in a shard. */
  readonly alive: readonly Row[];
  /** Ids whose rows leave the shards there are. */
  readonly outdated: ReadonlySet<string>;
  /** How many of the ids have no record. */
  readonly removed: number;
}

export interface Plan {
  readonly kept: readonly ShardReference[];
  readonly replaced: readonly ShardReference[];
  /** The rows of each shard that is to be written. */
  readonly blocks: readonly (readonly Row[])[];
}

/** @param load reads a shard that the manifest names */
export async function planShards(
  manifest: Manifest,
  { alive, outdated }: Change,
  dimension: number,
  load: (reference: ShardReference) => Promise<Shard>,
): Promise<Plan> {
  const merged = chooseMerged(manifest.shards, alive.length, mostRows(dimension));
  const rows = new Map(alive.map((row) => [idFromBytes(row.shard.ids, row.index), row]));
  for (const reference of merged) {
    for (const [id, row] of livingRows(await load(reference), outdated)) {
      if (!rows.has(id)) rows.set(id, row);
    }
  }
  const blocks: Row[][] = rows.size > 0 ? [[...rows.values()]] : [];
  const kept: ShardReference[] = [];
  const replaced: ShardReference[] = [...merged];
  for (const reference of manifest.shards.filter((shard) => !merged.includes(shard))) {
    const shard = outdated.size > 0 ? await load(reference) : undefined;
    const living = shard && livingRows(shard, outdated);
    if (living === undefined || living.length === shard?.count) {
      kept.push(reference);
    } else {
      replaced.push(reference);
      if (living.length > 0) blocks.push(living.map(([, row]) => row));
    }
  }
  return { kept, replaced, blocks };
}

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

function livingRows(shard: Shard, outdated: ReadonlySet<string>): [string, Row][] {
  return Array.from({ length: shard.count }, (_, index): [string, Row] => [
    idFromBytes(shard.ids, index),
    { shard, index },
  ]).filter(([id]) => !outdated.has(id));
}
