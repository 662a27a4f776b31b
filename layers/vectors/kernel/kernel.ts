/**
 * The scan by the kernel: in place where the rows are in memory that it reads, else on a copy of them, made
 * block by block; without it where there is no SIMD or the dimension is not a multiple of 16.
 */
import type { QuantisedQuery } from '../quantise.ts';
import type { KernelInstance } from './instance.ts';
import {
  CONTENT,
  createInstance,
  DIMENSION_STEP,
  HITS,
  MAX_DIMENSION,
  memoryBytes,
  QUERY,
} from './instance.ts';
import { residentKernel } from './memory.ts';
import { scanPlain } from './plain.ts';
import type { Rows, ScanRows } from './rows.ts';
import { BLOCK_ROWS } from './rows.ts';

export const scanRows: ScanRows = (rows, query, from, to, bar) => {
  const { dimension, codes, scales } = rows;
  if (to - from > BLOCK_ROWS) throw new RangeError(`More than ${BLOCK_ROWS} rows at once.`);
  // The kernel reads wherever it is told to.
  if (from < 0 || from > to || to > scales.length || to * dimension > codes.length) {
    throw new RangeError(`There are no rows ${from} to ${to}.`);
  }
  if (query.codes.length !== dimension) {
    throw new RangeError(`A query of ${query.codes.length} values for rows of ${dimension}.`);
  }
  if (dimension % DIMENSION_STEP !== 0 || dimension > MAX_DIMENSION) {
    return scanPlain(rows, query, from, to, bar);
  }
  const resident = codes.buffer === scales.buffer ? residentKernel(codes.buffer) : undefined;
  if (resident !== undefined) {
    return call(resident, codes.byteOffset, scales.byteOffset, query, from, to, bar);
  }
  const scratch = scratchFor(dimension);
  if (scratch === undefined) return scanPlain(rows, query, from, to, bar);
  return scanCopy(scratch, rows, query, from, to, bar);
};

function scanCopy(
  kernel: KernelInstance,
  { dimension, codes, scales }: Rows,
  query: QuantisedQuery,
  from: number,
  to: number,
  bar: number,
): Int32Array {
  const scalesAt = CONTENT + BLOCK_ROWS * dimension;
  new Int8Array(kernel.buffer, CONTENT).set(codes.subarray(from * dimension, to * dimension));
  new Float32Array(kernel.buffer, scalesAt).set(scales.subarray(from, to));
  const hits = call(kernel, CONTENT, scalesAt, query, 0, to - from, bar);
  for (let i = 0; i < hits.length; i += 2) hits[i] = (hits[i] ?? 0) + from;
  return hits;
}

function call(
  kernel: KernelInstance,
  codesAt: number,
  scalesAt: number,
  query: QuantisedQuery,
  from: number,
  to: number,
  bar: number,
): Int32Array {
  const { codes, scale, error } = query;
  new Int16Array(kernel.buffer, QUERY, codes.length).set(codes);
  const found = kernel.scan(
    codesAt,
    scalesAt,
    codes.length,
    from,
    to,
    QUERY,
    scale,
    error,
    bar,
    HITS,
  );
  return new Int32Array(kernel.buffer, HITS, 2 * found);
}

let scratch: KernelInstance | undefined;

/** A kernel with room for one block. */
function scratchFor(dimension: number): KernelInstance | undefined {
  const bytes = BLOCK_ROWS * (dimension + Float32Array.BYTES_PER_ELEMENT);
  if (scratch === undefined || scratch.buffer.byteLength < memoryBytes(bytes)) {
    scratch = createInstance(bytes);
  }
  return scratch;
}
