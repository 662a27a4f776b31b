/** What every implementation of the scan takes and gives. */
import type { Planes } from '../planes.ts';
import type { QuantisedQuery } from '../quantise.ts';

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
 * For each row, `half` is the product of its upper halves with the coarse codes of the query, exact, and
 * `(half * scale + ceiling) * s + e * spread + error`, in float32 from left to right, an upper bound of the
 * true product; `ceiling` is the float32 of centre and slack. Of the rows that reach the bar by it, if there
 * is a lower plane, `dot` is the product of the whole codes with the fine codes of the query, exact, and
 * `(dot * query.scale + query.error) * s` another upper bound. All implementations give the same bits.
 *
 * @param query of the dimension of the rows
 * @param from a multiple of {@link BLOCK_ROWS}
 * @param to the row after the last one, at most `from + BLOCK_ROWS`
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

/** What a scan adds to the estimate by upper halves so that it is none too low, rounding included. */
export function ceilingOf({ coarse }: QuantisedQuery): number {
  return Math.fround(coarse.centre + coarse.slack);
}
