/** What every implementation of the scan takes and gives. */
import type { QuantisedQuery } from '../quantise.ts';

/** Vectors as quantise.ts makes them, one a row. */
export interface Rows {
  readonly dimension: number;
  /** Row after row. */
  readonly codes: Int8Array;
  /** One a row. */
  readonly scales: Float32Array;
}

/** As many rows as one call may scan. */
export const BLOCK_ROWS = 2048;

/**
 * Finds the rows whose product with the query may reach a bar.
 *
 * For each row, `dot` is the sum of codes times query codes, exact, and
 * `(dot * query.scale + query.error) * scale`, in float32 from left to right, an upper bound of the true
 * product. All implementations give the same bits.
 *
 * @param query of the dimension of the rows
 * @param to the row after the last one, at most `from + BLOCK_ROWS`
 * @param bar a float32
 * @returns pairs of a row and its dot, ascending, for each row whose bound is `bar` or more; valid until
 *   the next call
 */
export type ScanRows = (
  rows: Rows,
  query: QuantisedQuery,
  from: number,
  to: number,
  bar: number,
) => Int32Array;
