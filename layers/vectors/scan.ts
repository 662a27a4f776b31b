/**
 * Goes over shards for one query, and keeps the vectors that may be among the best by their codes. It is
 * exact in that it never leaves out a true match.
 */
import { Candidates } from './candidates.ts';
import { idFromBytes } from './ids.ts';
import { RisingScan } from './kernel/kernel.ts';
import { BLOCK_ROWS } from './kernel/rows.ts';
import type { QuantisedQuery } from './quantise.ts';
import { quantiseQuery } from './quantise.ts';
import { Selector } from './selector.ts';
import type { Shard } from './shard.ts';
import type { Interval, ScanLimits, Shortlist } from './shortlist.ts';
import { widen } from './shortlist.ts';

/** A selector over shards that are in memory; ids may stand in more than one of them. */
export class Scan extends Selector {
  /** @param query of unit length, of the dimension of every shard */
  constructor(query: Float32Array, shards: readonly Shard[]) {
    super([(limits) => scan(query, shards, limits)]);
  }
}

/**
 * One pass over the shards.
 * @param query of unit length
 * @throws RangeError if a shard has another dimension
 */
export function scan(query: Float32Array, shards: readonly Shard[], limits: ScanLimits): Shortlist {
  const candidates = new Candidates(limits.count, limits.bar);
  for (const _ of blocks(query, shards, candidates));
  candidates.tighten();
  return { bar: candidates.bar, found: byId(candidates, shards) };
}

/**
 * The same, but it is given up when more than so many vectors are found.
 * @returns undefined if it was
 */
export function scanFew(
  query: Float32Array,
  shards: readonly Shard[],
  limits: ScanLimits,
  most: number,
): Shortlist | undefined {
  const candidates = new Candidates(limits.count, limits.bar);
  for (const _ of blocks(query, shards, candidates)) {
    // Tightening takes time that is better not taken for each block.
    if (candidates.count <= GIVE_UP_RATIO * most) continue;
    candidates.tighten();
    if (candidates.count > most) return undefined;
  }
  candidates.tighten();
  if (candidates.count > most) return undefined;
  return { bar: candidates.bar, found: byId(candidates, shards) };
}

const GIVE_UP_RATIO = 4;

/** Goes over the shards, then over what has waited, and stops for a moment after each block. */
function* blocks(
  query: Float32Array,
  shards: readonly Shard[],
  candidates: Candidates,
): Generator<void> {
  const quantised = quantiseQuery(query);
  const scans: RisingScan[] = [];
  try {
    for (const [index, shard] of shards.entries()) {
      if (query.length !== shard.dimension) {
        throw new RangeError(
          `A query of ${query.length} values cannot be compared with ${shard.dimension}.`,
        );
      }
      const scan = new RisingScan(shard, quantised);
      scans.push(scan);
      for (let from = 0; from < shard.count; from += BLOCK_ROWS) {
        const to = Math.min(from + BLOCK_ROWS, shard.count);
        const hits = scan.scan(from, to, float32AtMost(candidates.bar));
        addHits(index, shard, quantised, hits, candidates);
        yield;
      }
    }
    candidates.tighten();
    for (const [index, shard] of shards.entries()) {
      for (;;) {
        const hits = scans[index]?.settle(float32AtMost(candidates.bar));
        if (hits === undefined) break;
        addHits(index, shard, quantised, hits, candidates);
        yield;
      }
    }
  } finally {
    for (const scan of scans) scan.close();
  }
}

function addHits(
  index: number,
  shard: Shard,
  query: QuantisedQuery,
  hits: Int32Array,
  candidates: Candidates,
): void {
  const bound = shard.lower === undefined ? query.upper : query.whole;
  for (let i = 0; i < hits.length; i += 2) {
    const row = hits[i] ?? 0;
    const scale = shard.scales[row] ?? 0;
    const product = scale * (bound.scale * (hits[i + 1] ?? 0) + bound.centre);
    const width = scale * bound.slack + (shard.errors[row] ?? 0) * bound.spread + bound.error;
    candidates.add(index, row, product - width, product + width);
  }
}

function byId(candidates: Candidates, shards: readonly Shard[]): Map<string, Interval> {
  const found = new Map<string, Interval>();
  candidates.forEach((shard, row, low, high) => {
    const ids = shards[shard]?.ids;
    if (ids !== undefined) widen(found, idFromBytes(ids, row), { low, high });
  });
  return found;
}

/** A float32 that is the value or, by no more than two steps, below it. */
function float32AtMost(value: number): number {
  const nearest = Math.fround(value);
  return nearest <= value ? nearest : Math.fround(nearest - Math.abs(nearest) * 2 ** -23);
}

/** The dot product in double precision: of unit vectors, their cosine. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
