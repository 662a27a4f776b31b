/** What is wrong with the answer of a search, given what is certain about each face. */
import type { Face } from '../../layers/records/index.ts';
import type { Match, Query } from '../../layers/vectors/index.ts';
import type { Knowledge } from './model.ts';

/**
 * @param vectors of every face there ever was, by id
 * @param known what held from the beginning of the search to its end
 * @param isComplete whether the collection was there all the time, so that nothing may be missing
 * @returns undefined if nothing is wrong
 */
export function faultOf(
  matches: readonly Match<Face>[],
  query: Query,
  vectors: ReadonlyMap<string, Float32Array>,
  known: ReadonlyMap<string, Knowledge>,
  isComplete: boolean,
): string | undefined {
  if (matches.length > query.limit) return `${matches.length} matches instead of ${query.limit}`;
  const found = new Map(matches.map(({ record, cosine }) => [record.id, cosine]));
  if (found.size < matches.length) return 'a face twice';
  for (const [id, cosine] of found) {
    if ((known.get(id) ?? 'absent') === 'absent') return `face ${id}, which is deleted`;
    if (id === query.exclude) return `face ${id}, which is excluded`;
    if (cosine < query.minCosine) return `face ${id}, whose cosine is but ${cosine}`;
    if (Math.abs(cosine - product(query.vector, vectors.get(id))) > 1e-12)
      return `a wrong cosine of face ${id}: ${cosine}`;
  }
  for (let i = 1; i < matches.length; i++) {
    const [before, after] = [matches[i - 1], matches[i]];
    if (before && after && isBetter(after, before)) return `a wrong order, at match ${i}`;
  }
  if (!isComplete) return undefined;
  const last = matches.length === query.limit ? matches.at(-1) : undefined;
  for (const [id, knowledge] of known) {
    if (knowledge !== 'present' || id === query.exclude || found.has(id)) continue;
    const cosine = product(query.vector, vectors.get(id));
    if (cosine < query.minCosine) continue;
    if (last === undefined || isBetter({ record: { id }, cosine }, last))
      return `no face ${id}, whose cosine is ${cosine}`;
  }
  return undefined;
}

type Ranked = { readonly record: { readonly id: string }; readonly cosine: number };

function isBetter(a: Ranked, b: Ranked): boolean {
  return a.cosine > b.cosine || (a.cosine === b.cosine && a.record.id < b.record.id);
}

function product(a: Float32Array, b: Float32Array | undefined): number {
  if (b === undefined) return Number.NaN;
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? Number.NaN), 0);
}
