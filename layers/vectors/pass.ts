/**
 * A pass over shards in memory that makes do with upper planes where it can.
 *
 * By upper halves alone an interval is an order of magnitude wider. Where few vectors may be asked for all the
 * same, their records settle it sooner than their lower planes would be loaded: so a search among shards that
 * have just begun to be loaded answers after half the bytes.
 */
import type { ShardReference } from '../records/index.ts';
import type { ShardCache } from './cache.ts';
import { scan, scanFew } from './scan.ts';
import type { Shard } from './shard.ts';
import type { ScanLimits, Shortlist } from './shortlist.ts';

/**
 * As many records as are read in a tenth of a second, while a lower plane takes seconds. This is for the first
 * search alone: the next ones have the lower planes, wherever there is room for them.
 */
export const FEW = 2000;

/**
 * @param query of unit length
 * @param recent with both planes
 * @param most vectors that may be found by upper halves alone
 * @returns passes over all of the shards, which stay in memory until the last of them
 * @throws ShardMissingError, ShardCorruptError
 */
export async function openPass(
  query: Float32Array,
  recent: readonly Shard[],
  folded: readonly ShardReference[],
  cache: ShardCache,
  most = FEW,
): Promise<(limits: ScanLimits) => Promise<Shortlist>> {
  let shards = await Promise.all(folded.map((shard) => cache.getUpper(shard)));
  return async (limits) => {
    if (shards.some(({ lower }) => lower === undefined)) {
      const few = scanFew(query, [...recent, ...shards], limits, most);
      if (few !== undefined) return few;
      shards = await Promise.all(folded.map((shard) => cache.get(shard)));
    }
    return scan(query, [...recent, ...shards], limits);
  };
}
