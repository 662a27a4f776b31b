/** The scan without WebAssembly: for machines that have none, and what the kernel is tested against. */
import { readCodes, readUpper } from '../planes.ts';
import type { QuantisedQuery } from '../quantise.ts';
import type { Rows, ScanRows } from './rows.ts';
import { ceilingOf } from './rows.ts';

export const scanPlain: ScanRows = (rows, query, from, to, bar) => {
  const hits = new Int32Array(2 * (to - from));
  const values = new Int8Array(rows.dimension);
  let length = 0;
  for (let row = from; row < to; row++) {
    readUpper(rows, row, values);
    let product = dot(values, query.coarse.codes);
    if (!(highOfHalf(rows, row, product, query) >= bar)) continue;
    if (rows.lower !== undefined) {
      readCodes(rows, row, values);
      product = dot(values, query.codes);
      if (!(highOfDot(rows, row, product, query) >= bar)) continue;
    }
    hits[length++] = row;
    hits[length++] = product;
  }
  return hits.subarray(0, length);
};

function dot(values: Int8Array, codes: Int16Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] ?? 0) * (codes[i] ?? 0);
  return sum;
}

function highOfHalf(
  { scales, errors }: Rows,
  row: number,
  half: number,
  query: QuantisedQuery,
): number {
  const { scale, spread, error } = query.coarse;
  const { fround } = Math;
  const product = fround(fround(fround(half) * scale) + ceilingOf(query));
  const estimate = fround(product * (scales[row] ?? 0));
  return fround(fround(estimate + fround((errors[row] ?? 0) * spread)) + error);
}

function highOfDot({ scales }: Rows, row: number, product: number, query: QuantisedQuery): number {
  const { fround } = Math;
  const estimate = fround(fround(product) * query.scale);
  return fround(fround(estimate + query.error) * (scales[row] ?? 0));
}
