/** The scan without WebAssembly: for dimensions that the kernel does not take, and what it is tested against. */
import type { ScanRows } from './rows.ts';

export const scanPlain: ScanRows = ({ codes, scales, dimension }, query, from, to, bar) => {
  const hits = new Int32Array(2 * (to - from));
  let length = 0;
  for (let row = from; row < to; row++) {
    const start = row * dimension;
    let dot = 0;
    for (let i = 0; i < dimension; i++) dot += (codes[start + i] ?? 0) * (query.codes[i] ?? 0);
    const product = Math.fround(Math.fround(dot) * query.scale);
    const high = Math.fround(Math.fround(product + query.error) * (scales[row] ?? 0));
    if (high >= bar) {
      hits[length++] = row;
      hits[length++] = dot;
    }
  }
  return hits.subarray(0, length);
};
