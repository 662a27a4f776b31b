/** What each query must find, by comparing it with every vector in double precision. */
import type { Data, Threshold } from './data.ts';
import { product, row, THRESHOLDS } from './data.ts';

export interface Truth {
  /** The rows of the ten best. */
  readonly best: ReadonlySet<number>;
  /** The rows that reach a threshold, up to as many as one search gives. */
  readonly above: Readonly<Record<Threshold, ReadonlySet<number>>>;
}

export const TOP = 10;
/** As many matches as the API gives at most. */
export const MOST = 4096;

export function computeTruth(data: Data): Truth[] {
  const { count, queries, minCosine } = data;
  return queries.map((query) => {
    const cosines = new Float64Array(count);
    for (let i = 0; i < count; i++) cosines[i] = product(query, row(data, i));
    const sorted = cosines.slice().sort();
    const from = (bar: number) => {
      const rows = new Set<number>();
      cosines.forEach((cosine, i) => {
        if (cosine >= bar) rows.add(i);
      });
      return rows;
    };
    const nth = (n: number) => sorted[Math.max(0, count - n)] ?? -1;
    const above = (threshold: Threshold) => from(Math.max(minCosine[threshold], nth(MOST)));
    const [likely, surely, all] = THRESHOLDS.map(above);
    const none = new Set<number>();
    return {
      best: from(nth(TOP)),
      above: { 80: likely ?? none, 99: surely ?? none, 0: all ?? none },
    };
  });
}

/** The share of the wanted that was found. */
export function recall(wanted: readonly ReadonlySet<number>[], found: readonly number[][]): number {
  let hits = 0;
  let total = 0;
  wanted.forEach((rows, i) => {
    const got = new Set(found[i]);
    for (const one of rows) if (got.has(one)) hits++;
    total += rows.size;
  });
  return total === 0 ? 1 : hits / total;
}
