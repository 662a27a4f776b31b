/**
 * Which scan function holds which shard.
 *
 * Rendezvous hashing (Thaler and Ravishankar, 1998) ranks the functions for each shard by its key alone, so
 * that every search sends a shard to the same function, whose memory has it, and no table of who has what
 * is kept. A function takes no more than its fair share and a quarter (consistent hashing with bounded
 * loads: Mirrokni, Thorup and Zadimoghaddam, 2018); what is too much for it goes to the next of the ranking.
 */
import type { ShardReference } from '../../records/index.ts';

const MAX_LOAD = 1.25;

/** The weight of a shard that is small: going over it has a price of its own. */
const SMALLEST_LOAD = 64 * 1024;

/**
 * @param functions how many there are, at least one
 * @returns by function its shards, every shard once
 */
export function assign(
  shards: readonly ShardReference[],
  functions: number,
): readonly (readonly ShardReference[])[] {
  const assigned = Array.from({ length: functions }, (): ShardReference[] => []);
  const loads = new Float64Array(functions);
  const total = shards.reduce((sum, shard) => sum + loadOf(shard), 0);
  const most = stepAbove((MAX_LOAD * total) / functions);
  for (const shard of largestFirst(shards)) {
    const load = loadOf(shard);
    const ranking = rank(shard.key, functions);
    const chosen =
      ranking.find((index) => (loads[index] ?? 0) + load <= most) ??
      ranking.reduce((a, b) => ((loads[b] ?? 0) < (loads[a] ?? 0) ? b : a));
    assigned[chosen]?.push(shard);
    loads[chosen] = (loads[chosen] ?? 0) + load;
  }
  return assigned;
}

/** The functions for a key, the one to hold it first. */
export function rank(key: string, functions: number): number[] {
  const hash = fnv1a(key);
  return Array.from({ length: functions }, (_, index) => ({
    index,
    score: mix(hash ^ mix(index + 1)),
  }))
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map(({ index }) => index);
}

/** The largest stay as they are from fold to fold; the small ones that come and go take what room is left. */
function largestFirst(shards: readonly ShardReference[]): ShardReference[] {
  return [...shards].sort((a, b) => b.bytes - a.bytes || (a.key < b.key ? -1 : 1));
}

const loadOf = ({ bytes }: ShardReference) => Math.max(bytes, SMALLEST_LOAD);

/** The next power of 2^(1/8): shards do not wander because an index has grown by a little. */
function stepAbove(load: number): number {
  return load === 0 ? 0 : 2 ** (Math.ceil(8 * Math.log2(load)) / 8);
}

/** 32 bits (Fowler, Noll and Vo). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** The finaliser of MurmurHash3 (A. Appleby, public domain). */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
