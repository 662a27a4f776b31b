/**
 * Selects the vectors that may be among the best for a query, from their codes. It is exact in that it
 * never leaves out a true match; which of the selected are matches is decided by their records.
 */
import { Candidates } from './candidates.ts';
import { idFromBytes } from './ids.ts';
import { scanRows } from './kernel/kernel.ts';
import { BLOCK_ROWS } from './kernel/rows.ts';
import { nthLargest } from './nth-largest.ts';
import type { QuantisedQuery } from './quantise.ts';
import { quantiseQuery } from './quantise.ts';
import type { Shard } from './shard.ts';

export interface Selection {
  /** How many matches are wanted. */
  readonly limit: number;
  /** No cosine below this is a match. */
  readonly minCosine: number;
  /** What is known of the ids that were selected before: their cosine, or -Infinity for what does not count. */
  readonly known: ReadonlyMap<string, number>;
}

/** Where the cosine of an id lies. */
interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Rows that are held beyond the limit, for ids that stand twice or turn out to be deleted. */
const spare = (limit: number) => Math.max(32, Math.ceil(limit / 8));

/** Scanning one query over several shards; ids may stand in more than one of them. */
export class Scan {
  readonly #shards: readonly Shard[];
  readonly #query: QuantisedQuery;
  /** By id, everything whose cosine may be {@link #bar} or more. */
  #found: ReadonlyMap<string, Interval> = new Map();
  #bar = Number.POSITIVE_INFINITY;
  #wanted = 0;

  /**
   * @param query of unit length
   * @throws RangeError if a shard has another dimension
   */
  constructor(query: Float32Array, shards: readonly Shard[]) {
    for (const { dimension } of shards) {
      if (query.length === dimension) continue;
      throw new RangeError(
        `A query of ${query.length} values cannot be compared with ${dimension}.`,
      );
    }
    this.#shards = shards;
    this.#query = quantiseQuery(query);
  }

  /**
   * Ids, none twice, of which nothing is known yet and that may be wanted: an id is left out only when its
   * cosine is certainly below `minCosine`, or at least `limit` others are better, by what is known of them
   * or else by their codes.
   *
   * The codes of an id can be out of date where it stands in several shards, what is known of it cannot.
   * Hence, who asks again with what the records say of the answer, until the answer is empty, knows every
   * match. Asking again seldom takes another pass over the shards.
   */
  select(selection: Selection): string[] {
    for (;;) {
      const bar = this.#wantedFrom(selection);
      if (this.#bar <= bar) {
        return [...this.#found].flatMap(([id, { high }]) =>
          high >= bar && !selection.known.has(id) ? [id] : [],
        );
      }
      this.#pass(selection);
    }
  }

  /** The cosine that a vector must be able to reach. */
  #wantedFrom({ limit, minCosine, known }: Selection): number {
    const lows = [...known.values()];
    for (const [id, { low }] of this.#found) if (!known.has(id)) lows.push(low);
    return Math.max(minCosine, nthLargest(Float64Array.from(lows), limit));
  }

  /** Goes over all shards; each time for more than the time before. */
  #pass({ limit, minCosine, known }: Selection): void {
    this.#wanted = Math.max(2 * this.#wanted, limit + known.size + spare(limit));
    const bar = Math.max(minCosine, nthLargest(Float64Array.from(known.values()), limit));
    const candidates = new Candidates(this.#wanted, bar);
    this.#shards.forEach((shard, index) => {
      for (let from = 0; from < shard.count; from += BLOCK_ROWS) {
        this.#scanBlock(index, shard, from, candidates);
      }
    });
    candidates.tighten();
    this.#bar = candidates.bar;
    this.#found = this.#byId(candidates);
  }

  #scanBlock(index: number, shard: Shard, from: number, candidates: Candidates): void {
    const { scale, error } = this.#query;
    const to = Math.min(from + BLOCK_ROWS, shard.count);
    const hits = scanRows(shard, this.#query, from, to, float32AtMost(candidates.bar));
    for (let i = 0; i < hits.length; i += 2) {
      const row = hits[i] ?? 0;
      const vectorScale = shard.scales[row] ?? 0;
      const product = scale * (hits[i + 1] ?? 0);
      candidates.add(index, row, vectorScale * (product - error), vectorScale * (product + error));
    }
  }

  /** Of an id's several vectors, the widest interval. */
  #byId(candidates: Candidates): Map<string, Interval> {
    const found = new Map<string, Interval>();
    candidates.forEach((shard, row, low, high) => {
      const ids = this.#shards[shard]?.ids;
      if (ids === undefined) return;
      const id = idFromBytes(ids, row);
      const other = found.get(id);
      found.set(id, {
        low: Math.min(low, other?.low ?? low),
        high: Math.max(high, other?.high ?? high),
      });
    });
    return found;
  }
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
