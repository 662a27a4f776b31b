/**
 * Selects the vectors that may be among the best for a query, from passes over parts of the shards. It is
 * exact in that it never leaves out a true match, however the shards are divided into parts; which of the
 * selected are matches is decided by their records.
 */

import { nthLargest } from './nth-largest.ts';
import type { Interval, ScanLimits, Shortlist } from './shortlist.ts';
import { union } from './shortlist.ts';

export interface Selection {
  /** How many matches are asked for. */
  readonly limit: number;
  /** No cosine below this is a match. */
  readonly minCosine: number;
  /** What is known of the ids that were selected before: their cosine, or -Infinity for what does not count. */
  readonly known: ReadonlyMap<string, number>;
}

/** Goes over some of the shards for one query. May be asked again, for more. */
export type Pass = (limits: ScanLimits) => Shortlist | Promise<Shortlist>;

/** Vectors that are held beyond the limit, for ids that stand twice or turn out to be deleted. */
const spare = (limit: number) => Math.max(2, Math.ceil(limit / 8));

export class Selector {
  readonly #passes: readonly Pass[];
  /** By pass, what it held when it was last asked. */
  readonly #shortlists: Shortlist[];
  #found: ReadonlyMap<string, Interval> = new Map();
  #count = 0;

  /** @param passes over parts that are all of the shards together; an id may stand in several */
  constructor(passes: readonly Pass[]) {
    this.#passes = passes;
    this.#shortlists = passes.map(() => ({ bar: Number.POSITIVE_INFINITY, found: new Map() }));
  }

  /**
   * Ids, none twice, of which nothing is known yet and that may be among the best: an id is left out only when its
   * cosine is certainly below `minCosine`, or at least `limit` others are better, by what is known of them
   * or else by their codes.
   *
   * The codes of an id can be out of date where it stands in several shards, what is known of it cannot.
   * Hence, who asks again with what the records say of the answer, until the answer is empty, knows every
   * match. Asking again seldom takes another pass, and none over a part that held enough.
   */
  async select(selection: Selection): Promise<string[]> {
    for (;;) {
      const bar = this.#barFor(selection);
      const short = this.#passes.filter((_, i) => (this.#shortlists[i]?.bar ?? 0) > bar);
      if (short.length === 0) {
        return [...this.#found].flatMap(([id, { high }]) =>
          high >= bar && !selection.known.has(id) ? [id] : [],
        );
      }
      await this.#ask(short, selection);
    }
  }

  /** The cosine that a vector must be able to reach. */
  #barFor({ limit, minCosine, known }: Selection): number {
    const lows = [...known.values()];
    for (const [id, { low }] of this.#found) if (!known.has(id)) lows.push(low);
    return Math.max(minCosine, nthLargest(Float64Array.from(lows), limit));
  }

  /** Each time for more than the time before. */
  async #ask(passes: readonly Pass[], { limit, minCosine, known }: Selection): Promise<void> {
    this.#count = Math.max(2 * this.#count, limit + known.size + spare(limit));
    const bar = Math.max(minCosine, nthLargest(Float64Array.from(known.values()), limit));
    const limits = { count: this.#count, bar };
    await Promise.all(
      passes.map(async (pass) => {
        this.#shortlists[this.#passes.indexOf(pass)] = await pass(limits);
      }),
    );
    this.#found = union(this.#shortlists);
  }
}
