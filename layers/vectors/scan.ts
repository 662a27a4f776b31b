/**
 * The plain scan: estimates the cosine of a query with every vector, from the codes, and selects those
 * that may be among the best. It is exact in that it never leaves out a true match; which of the selected
 * are matches is decided by their records.
 */
import { idFromBytes } from './ids.ts';
import { errorPerScale } from './quantise.ts';
import type { Shard } from './shard.ts';

export interface Selection {
  /** How many matches are wanted. */
  readonly limit: number;
  /** No cosine below this is a match. */
  readonly minCosine: number;
  /** Ids known not to count. */
  readonly ignore: ReadonlySet<string>;
}

interface Interval {
  readonly id: string;
  readonly low: number;
  readonly high: number;
}

/** The result of scanning one query over all shards; ids may stand in several of them. */
export class Scan {
  readonly #shards: readonly Shard[];
  readonly #estimates: readonly Float32Array[];
  readonly #errorPerScale: number;

  /** @param query of unit length, of the dimension of every shard */
  constructor(query: Float32Array, shards: readonly Shard[]) {
    this.#shards = shards;
    this.#estimates = shards.map((shard) => estimate(query, shard));
    this.#errorPerScale = errorPerScale(query);
  }

  /**
   * A set of distinct ids that holds every match: an id is left out only when its cosine is certainly
   * below `minCosine`, or at least `limit` others are certainly better.
   */
  select({ limit, minCosine, ignore }: Selection): string[] {
    const possible = [...this.#intervals(minCosine, ignore).values()];
    if (possible.length <= limit) return possible.map(({ id }) => id);
    const lows = Float64Array.from(possible, ({ low }) => low).sort();
    const bar = lows[lows.length - limit] ?? Number.NEGATIVE_INFINITY;
    return possible.filter(({ high }) => high >= bar).map(({ id }) => id);
  }

  /** By id, what reaches `minCosine` at the best; of an id's several vectors, the widest interval. */
  #intervals(minCosine: number, ignore: ReadonlySet<string>): Map<string, Interval> {
    const found = new Map<string, Interval>();
    this.#shards.forEach((shard, s) => {
      const estimates = this.#estimates[s] ?? new Float32Array();
      for (let i = 0; i < shard.count; i++) {
        const error = (shard.scales[i] ?? 0) * this.#errorPerScale;
        const low = (estimates[i] ?? 0) - error;
        const high = (estimates[i] ?? 0) + error;
        if (high < minCosine) continue;
        const id = idFromBytes(shard.ids, i);
        if (ignore.has(id)) continue;
        const other = found.get(id);
        found.set(id, {
          id,
          low: Math.min(low, other?.low ?? low),
          high: Math.max(high, other?.high ?? high),
        });
      }
    });
    return found;
  }
}

function estimate(query: Float32Array, { codes, scales, count, dimension }: Shard): Float32Array {
  if (query.length !== dimension) {
    throw new RangeError(`A query of ${query.length} values cannot be compared with ${dimension}.`);
  }
  const estimates = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const start = i * dimension;
    let sum = 0;
    for (let j = 0; j < dimension; j++) sum += (query[j] ?? 0) * (codes[start + j] ?? 0);
    estimates[i] = sum * (scales[i] ?? 0);
  }
  return estimates;
}

/** The dot product in double precision: of unit vectors, their cosine. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
