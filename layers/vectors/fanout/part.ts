/**
 * The work of a scan function: goes over its shards one by one while the next are loaded.
 *
 * Shards beyond what the cache holds are loaded for each search anew: slower, but the answer is the same,
 * and no more than a few of them are in memory besides.
 */
import type { ShardReference } from '../../records/index.ts';
import type { ShardCache } from '../cache.ts';
import { FEW } from '../pass.ts';
import { scan, scanFew } from '../scan.ts';
import { sizeOf } from '../scanner.ts';
import type { Shard } from '../shard.ts';
import type { Interval, Shortlist } from '../shortlist.ts';
import { tighten, union } from '../shortlist.ts';
import type { ScanAnswer, ScanTask } from './task.ts';
import { MOST_CANDIDATES } from './wire.ts';

/** Several parts have the records of theirs read together. */
const FEW_OF_A_PART = FEW / 4;

/** Shards on the way at once, each of them in several ranges. */
const PARALLEL_LOADS = 3;

export interface PartOptions {
  readonly cache: ShardCache;
  /** Told when the shards of a task are more than the cache holds. */
  readonly onOverflow?: (bytes: number) => void;
  /** Vectors of an answer that may be continued; default: as many as one holds. */
  readonly mostOfAnswer?: number;
}

/** @throws ShardMissingError, ShardCorruptError, RangeError if a shard has another dimension */
export async function scanPart(
  { query, shards, limits, after }: ScanTask,
  { cache, onOverflow, mostOfAnswer = MOST_CANDIDATES }: PartOptions,
): Promise<ScanAnswer> {
  const bytes = sizeOf(shards);
  if (bytes > cache.limit) onOverflow?.(bytes);
  let shortlist: Shortlist = { bar: limits.bar, found: new Map() };
  let rows = 0;
  for await (const { reference, shard } of loaded(shards, cache)) {
    const pass = { count: limits.count, bar: shortlist.bar };
    const few = Math.max(0, FEW_OF_A_PART - shortlist.found.size);
    const passed =
      shard.lower === undefined
        ? (scanFew(query, [shard], pass, few) ?? scan(query, [await cache.get(reference)], pass))
        : scan(query, [shard], pass);
    const bar = Math.max(shortlist.bar, passed.bar);
    shortlist = tighten({ bar, found: union([shortlist, passed]) }, limits.count);
    rows += shard.count;
  }
  // Whoever searches next finds the planes that this one did without.
  void cache.loadAhead(shards);
  return after === undefined
    ? { ...shortlist, rows }
    : pageOf({ ...shortlist, rows }, after, mostOfAnswer);
}

/** What comes after an id, as much as an answer holds. */
function pageOf(answer: ScanAnswer, after: string, most: number): ScanAnswer {
  const { found } = answer;
  if (after === '' && found.size <= most) return answer;
  const rest = [...found.keys()].filter((id) => id > after).sort();
  const page = new Map<string, Interval>();
  for (const id of rest.slice(0, most)) {
    const interval = found.get(id);
    if (interval !== undefined) page.set(id, interval);
  }
  return { ...answer, found: page, more: rest.length > page.size };
}

/** What is in memory comes first, before anything that is loaded can drive it out. */
async function* loaded(
  shards: readonly ShardReference[],
  cache: ShardCache,
): AsyncGenerator<{ readonly reference: ShardReference; readonly shard: Shard }> {
  const ordered = [...shards].sort((a, b) => Number(cache.has(b)) - Number(cache.has(a)));
  const load = async (reference: ShardReference) => ({
    reference,
    shard: await cache.getUpper(reference),
  });
  const ahead: ReturnType<typeof load>[] = [];
  let next = 0;
  try {
    while (next < ordered.length || ahead.length > 0) {
      while (next < ordered.length && ahead.length < PARALLEL_LOADS) {
        const reference = ordered[next++];
        if (reference !== undefined) ahead.push(load(reference));
      }
      const first = await ahead.shift();
      if (first !== undefined) yield first;
    }
  } finally {
    // One that failed ends the task; the others may end as they like.
    for (const other of ahead) other.catch(() => undefined);
  }
}
