/**
 * Everything in a collection that resembles a vector, however much that is: unlike a search, which gives the
 * best so many. Exact, and of what is found only ids and cosines are held.
 */
import type { Collection } from '../../layers/records/index.ts';
import { cosine, type Embedded, type VectorIndex } from '../../layers/vectors/index.ts';

/** What is kept of a record that was found. */
export interface Neighbour<T> {
  readonly id: string;
  readonly cosine: number;
  readonly kept: T;
}

export interface NeighbourSource<R extends Embedded> {
  readonly index: Pick<VectorIndex<R>, 'search'>;
  /** Every record, in the order of ids. @param after the id after which to begin */
  all(after?: string): AsyncIterable<R>;
}

/** What counts as resembling. */
export interface Nearness {
  /** The index is searched from here on; none who reaches is below it. */
  readonly minCosine: number;
  reaches(cosine: number): boolean;
}

/** A search is asked for so many first, since most have few neighbours, and then for more. */
const LIMITS = [100, 4_000];

/**
 * @param keep what is needed of a record; undefined for one that does not count
 * @returns in the order of ids, without the record itself
 */
export async function neighbours<R extends Embedded, T>(
  { index, all }: NeighbourSource<R>,
  collection: Collection,
  { id: exclude, vector }: Embedded,
  { minCosine, reaches }: Nearness,
  keep: (record: R) => T | undefined,
): Promise<Neighbour<T>[]> {
  const neighbour = (record: R, cosine: number): Neighbour<T>[] => {
    const kept = record.id === exclude || !reaches(cosine) ? undefined : keep(record);
    return kept === undefined ? [] : [{ id: record.id, cosine, kept }];
  };
  for (const limit of LIMITS) {
    const matches = await index.search(collection, { vector, limit, minCosine, exclude });
    if (matches.length === limit) continue;
    return inOrder(matches.flatMap(({ record, cosine }) => neighbour(record, cosine)));
  }
  // So many that going through everything once costs less than any longer search.
  const found: Neighbour<T>[] = [];
  for await (const record of all()) {
    found.push(...neighbour(record, cosine(vector, record.vector)));
  }
  return inOrder(found);
}

function inOrder<T>(found: Neighbour<T>[]): Neighbour<T>[] {
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}
