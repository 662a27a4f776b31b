/**
 * The work of a scan function: goes over its shards one by one while the next are loaded.
 *
 * Shards beyond what the cache holds are loaded for each search anew: slower, but the answer is the same,
 * and no more than a few of them are in memory besides.
 */
import type { ShardReference } from '../../records/index.ts';
import type { ShardCache } from '../cache.ts';
import type { Held } from '../held.ts';
import { tighten, union } from '../held.ts';
import { FEW } from '../pass.ts';
import { scan, scanFew } from '../scan.ts';
import { sizeOf } from '../scanner.ts';
import type { Shard } from '../shard.ts';
import type { ScanAnswer, ScanTask } from './task.ts';

/** Shards on the way at once, each of them in several ranges. */
const PARALLEL_LOADS = 3;

export interface PartOptions {
  readonly cache: ShardCache;
  /** Told when the shards of a task are more than the cache holds. */
  readonly onOverflow?: (bytes: number) => void;
}

/** @throws ShardMissingError, ShardCorruptError, RangeError if a shard has another dimension */
export async function scanPart(
  { query, shards, wanted }: ScanTask,
  { cache, onOverflow }: PartOptions,
): Promise<ScanAnswer> {
  const bytes = sizeOf(shards);
  if (bytes > cache.limit) onOverflow?.(bytes);
  let held: Held = { bar: wanted.bar, found: new Map() };
  let rows = 0;
  for await (const { reference, shard } of loaded(shards, cache)) {
    const pass = { count: wanted.count, bar: held.bar };
    const few = Math.max(0, FEW - held.found.size);
    const passed =
      shard.lower === undefined
        ? (scanFew(query, [shard], pass, few) ?? scan(query, [await cache.get(reference)], pass))
        : scan(query, [shard], pass);
    const bar = Math.max(held.bar, passed.bar);
    held = tighten({ bar, found: union([held, passed]) }, wanted.count);
    rows += shard.count;
  }
  // Whoever searches next finds the planes that this one did without.
  void cache.loadAhead(shards);
  return { ...held, rows };
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
