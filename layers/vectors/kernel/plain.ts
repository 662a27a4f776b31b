/** The scan without WebAssembly: for machines that have none, and what the kernel is tested against. */
import { firstDimensions, readCodes, readUpper } from '../planes.ts';
import type { Bound } from '../quantise.ts';
import type { Rows, ScanRows } from './rows.ts';
import { ceilingOf } from './rows.ts';

export const scanPlain: ScanRows = (rows, { codes, upper, mixed, whole }, from, to, bar) => {
  const hits = new Int32Array(2 * (to - from));
  const values = new Int8Array(rows.dimension);
  const first = firstDimensions(rows.dimension);
  let length = 0;
  for (let row = from; row < to; row++) {
    readUpper(rows, row, values);
    let product = dot(values, codes);
    if (!(highOf(rows, row, product, upper) >= bar)) continue;
    if (rows.lower !== undefined) {
      const half = dot(values.subarray(first), codes.subarray(first));
      readCodes(rows, row, values);
      product = dot(values.subarray(0, first), codes) + 16 * half;
      if (!(highOf(rows, row, product, mixed) >= bar)) continue;
      product = dot(values, codes);
      if (!(highOf(rows, row, product, whole) >= bar)) continue;
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

function highOf({ scales, errors }: Rows, row: number, product: number, bound: Bound): number {
  const { fround } = Math;
  const sum = fround(fround(fround(product) * bound.scale) + ceilingOf(bound));
  const estimate = fround(sum * (scales[row] ?? 0));
  return fround(fround(estimate + fround((errors[row] ?? 0) * bound.spread)) + bound.error);
}
