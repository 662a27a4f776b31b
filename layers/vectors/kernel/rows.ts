/** What every implementation of the scan takes and gives. */
import type { Planes } from '../planes.ts';
import type { Bound, QuantisedQuery } from '../quantise.ts';

/** Vectors as quantise.ts makes them, one a row. */
export interface Rows extends Planes {
  /** One a row. */
  readonly scales: Float32Array;
  /** One a row. */
  readonly errors: Float32Array;
}

/** As many rows as one call may scan; a multiple of the rows of a group. */
export const BLOCK_ROWS = 2048;

/**
 * Finds the rows whose product with the query may reach a bar.
 *
 * For each row, `half` is the product of the upper halves of its codes with those of the query, exact, and an
 * upper bound of the true product follows from it ({@link Bound}):
 * `(half * scale + ceiling) * s + e * spread + error`, in float32 from left to right, where `ceiling` is the
 * float32 of centre and slack. If there is a lower plane, the rows that reach the bar by it are looked up there: first
 * in half of it, with the product of whole codes of the first dimensions and 16 times the upper halves of the others,
 * then, if they still reach the bar, in the rest, where `dot` is the product of the whole codes. These are exact as
 * well and have bounds of their own. All implementations give the same bits.
 *
 * @param query of the dimension of the rows
 * @param from a multiple of four
 * @param to the row after the last one, at most `from + BLOCK_ROWS`; a multiple of four or the number of rows
 * @param bar a float32
 * @returns pairs of a row and its `dot`, or without a lower plane its `half`, ascending, for each row whose
 *   bounds are `bar` or more; valid until the next call
 */
export type ScanRows = (
  rows: Rows,
  query: QuantisedQuery,
  from: number,
  to: number,
  bar: number,
) => Int32Array;

/** What a scan adds to an estimate so that it is none too low, rounding included. */
export function ceilingOf({ centre, slack }: Bound): number {
  return Math.fround(centre + slack);
}
