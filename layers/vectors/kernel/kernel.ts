/**
 * The scan by the kernel: in place where the rows are in memory that it reads, else on a copy of them, made
 * block by block; without it where there is no SIMD or no room for the query.
 */
import {
  firstDimensions,
  GROUP_ROWS,
  groupedRows,
  paddedDimension,
  planeRowBytes,
} from '../planes.ts';
import type { QuantisedQuery } from '../quantise.ts';
import type { KernelInstance } from './instance.ts';
import {
  BOUNDS,
  CONTENT,
  createInstance,
  HITS,
  MAX_DIMENSION,
  memoryBytes,
  QUERY,
} from './instance.ts';
import { residentKernel } from './memory.ts';
import { scanPlain } from './plain.ts';
import type { Rows, ScanRows } from './rows.ts';
import { BLOCK_ROWS, ceilingOf } from './rows.ts';

export const scanRows: ScanRows = (rows, query, from, to, bar) => {
  const { dimension, count, upper, lower, scales, errors } = rows;
  if (from % GROUP_ROWS !== 0 || to - from > BLOCK_ROWS) {
    throw new RangeError(`Not a block of ${BLOCK_ROWS} rows.`);
  }
  // The kernel reads wherever it is told to.
  const bytes = count * planeRowBytes(dimension);
  const isThere = [scales, errors].every(({ length }) => length === count);
  const isComplete = [upper, lower ?? upper].every(({ length }) => length === bytes);
  const isWhole = to % GROUP_ROWS === 0 || to === count;
  if (from < 0 || from > to || to > count || !isWhole || !isThere || !isComplete) {
    throw new RangeError(`There are no rows ${from} to ${to}.`);
  }
  if (query.codes.length !== dimension) {
    throw new RangeError(`A query of ${query.codes.length} values for rows of ${dimension}.`);
  }
  if (dimension > MAX_DIMENSION) return scanPlain(rows, query, from, to, bar);
  const isOneBuffer = [lower ?? upper, scales, errors].every(
    ({ buffer }) => buffer === upper.buffer,
  );
  const resident = isOneBuffer ? residentKernel(upper.buffer) : undefined;
  if (resident !== undefined) {
    const at = {
      upper: upper.byteOffset,
      lower: lower?.byteOffset ?? 0,
      scales: scales.byteOffset,
      errors: errors.byteOffset,
    };
    return call(resident, at, groupedRows(count), query, from, to, bar);
  }
  const scratch = scratchFor(dimension);
  if (scratch === undefined) return scanPlain(rows, query, from, to, bar);
  return scanCopy(scratch, rows, query, from, to, bar);
};

/** Where the kernel finds the rows. */
interface Addresses {
  readonly upper: number;
  /** 0 for none. */
  readonly lower: number;
  readonly scales: number;
  readonly errors: number;
}

function scanCopy(
  kernel: KernelInstance,
  { dimension, count, upper, lower, scales, errors }: Rows,
  query: QuantisedQuery,
  from: number,
  to: number,
  bar: number,
): Int32Array {
  const rowBytes = planeRowBytes(dimension);
  const room = BLOCK_ROWS * rowBytes;
  const at = {
    upper: CONTENT,
    lower: lower === undefined ? 0 : CONTENT + room,
    scales: CONTENT + 2 * room,
    errors: CONTENT + 2 * room + BLOCK_ROWS * Float32Array.BYTES_PER_ELEMENT,
  };
  const memory = new Uint8Array(kernel.buffer);
  memory.set(upper.subarray(from * rowBytes, to * rowBytes), at.upper);
  if (lower !== undefined) memory.set(lower.subarray(from * rowBytes, to * rowBytes), at.lower);
  new Float32Array(kernel.buffer, at.scales).set(scales.subarray(from, to));
  new Float32Array(kernel.buffer, at.errors).set(errors.subarray(from, to));
  const grouped = Math.max(0, Math.min(to, groupedRows(count)) - from);
  const hits = call(kernel, at, grouped, query, 0, to - from, bar);
  for (let i = 0; i < hits.length; i += 2) hits[i] = (hits[i] ?? 0) + from;
  return hits;
}

function call(
  kernel: KernelInstance,
  at: Addresses,
  grouped: number,
  query: QuantisedQuery,
  from: number,
  to: number,
  bar: number,
): Int32Array {
  const { codes, sum } = query;
  if (lastQuery.get(kernel) !== query) writeQuery(kernel, query);
  const found = kernel.scan(
    at.upper,
    at.lower,
    at.scales,
    at.errors,
    paddedDimension(codes.length),
    firstDimensions(codes.length),
    grouped,
    from,
    to,
    QUERY,
    sum,
    BOUNDS,
    bar,
    HITS,
  );
  return new Int32Array(kernel.buffer, HITS, 2 * found);
}

/** What was written last into a kernel's memory: a search calls it block after block with the same query. */
const lastQuery = new WeakMap<KernelInstance, QuantisedQuery>();

function writeQuery(kernel: KernelInstance, query: QuantisedQuery): void {
  const { codes, upper, mixed, whole } = query;
  const place = new Int16Array(kernel.buffer, QUERY, paddedDimension(codes.length));
  place.fill(0);
  place.set(codes);
  const bounds = [upper, mixed, whole].flatMap((bound) => [
    bound.scale,
    ceilingOf(bound),
    bound.spread,
    bound.error,
  ]);
  new Float32Array(kernel.buffer, BOUNDS, bounds.length).set(bounds);
  lastQuery.set(kernel, query);
}

let scratch: KernelInstance | undefined;

/** A kernel with room for one block. */
function scratchFor(dimension: number): KernelInstance | undefined {
  const bytes = BLOCK_ROWS * 2 * (planeRowBytes(dimension) + Float32Array.BYTES_PER_ELEMENT);
  if (scratch === undefined || scratch.buffer.byteLength < memoryBytes(bytes)) {
    scratch = createInstance(bytes);
  }
  return scratch;
}
