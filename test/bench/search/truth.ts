/** What each query must find, by comparing it with every vector in double precision. */
import type { Data } from './data.ts';
import { product, row } from './data.ts';

export interface Truth {
  /** The rows of the ten best. */
  readonly best: ReadonlySet<number>;
  /** The rows that reach the threshold, up to as many as one search gives. */
  readonly above: ReadonlySet<number>;
}

export const TOP = 10;
/** As many matches as the API gives at most. */
export const MOST = 4096;

export function computeTruth({ vectors, count, queries, minCosine }: Data): Truth[] {
  return queries.map((query) => {
    const cosines = new Float64Array(count);
    for (let i = 0; i < count; i++) cosines[i] = product(query, row(vectors, i));
    const bar = cosines.slice().sort()[count - TOP] ?? -1;
    const rows = [...cosines.keys()];
    const above = rows
      .filter((i) => (cosines[i] ?? -1) >= minCosine)
      .sort((a, b) => (cosines[b] ?? -1) - (cosines[a] ?? -1))
      .slice(0, MOST);
    return { best: new Set(rows.filter((i) => (cosines[i] ?? -1) >= bar)), above: new Set(above) };
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
