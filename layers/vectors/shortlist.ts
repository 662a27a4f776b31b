/**
 * What is kept of a pass over shards: the vectors that may be among the best, each with the interval in
 * which its cosine lies. Two passes over different shards put together are one pass over all of them.
 */
import { nthLargest } from './nth-largest.ts';

/** Where a cosine lies, as far as the codes say. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** How much a pass keeps. */
export interface ScanLimits {
  /** So many vectors at least, if as many reach {@link bar}. */
  readonly count: number;
  /** What cannot reach this cosine is not wanted. */
  readonly bar: number;
}

export interface Shortlist {
  /** Every vector that may reach this cosine is among the found. At least the bar that was wanted. */
  readonly bar: number;
  /** By id; where an id stood for several vectors, the widest interval. */
  readonly found: ReadonlyMap<string, Interval>;
}

/** What all of them found together. */
export function union(parts: Iterable<Shortlist>): Map<string, Interval> {
  const all = new Map<string, Interval>();
  for (const { found } of parts) for (const [id, interval] of found) widen(all, id, interval);
  return all;
}

/** Notes another vector of an id. */
export function widen(found: Map<string, Interval>, id: string, { low, high }: Interval): void {
  const other = found.get(id);
  found.set(id, {
    low: Math.min(low, other?.low ?? low),
    high: Math.max(high, other?.high ?? high),
  });
}

/** Raises the bar to what the wanted number of vectors certainly reach, and lets go of what cannot. */
export function tighten({ bar, found }: Shortlist, count: number): Shortlist {
  if (found.size <= count) return { bar, found };
  const lows = Float64Array.from(found.values(), ({ low }) => low);
  const raised = Math.max(bar, nthLargest(lows, count));
  return { bar: raised, found: new Map([...found].filter(([, { high }]) => high >= raised)) };
}
