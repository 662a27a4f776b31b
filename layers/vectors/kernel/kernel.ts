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
import type { KernelInstance, WaitingRoom } from './instance.ts';
import {
  BOUNDS,
  CONTENT,
  createInstance,
  HITS,
  MAX_DIMENSION,
  memoryBytes,
  OWN,
  QUERY,
} from './instance.ts';
import { residentKernel } from './memory.ts';
import { scanPlain } from './plain.ts';
import type { Rows, ScanRows } from './rows.ts';
import { BLOCK_ROWS, ceilingOf } from './rows.ts';

export const scanRows: ScanRows = (rows, query, from, to, bar) => {
  const { dimension, count } = rows;
  assertBlock(rows, query, from, to);
  if (dimension > MAX_DIMENSION) return scanPlain(rows, query, from, to, bar);
  const resident = residentIn(rows);
  if (resident !== undefined) {
    return call(resident, addressesOf(rows), groupedRows(count), query, from, to, bar);
  }
  const scratch = scratchFor(dimension);
  if (scratch === undefined) return scanPlain(rows, query, from, to, bar);
  return scanCopy(scratch, rows, query, from, to, bar);
};

/** The kernel reads wherever it is told to. @throws RangeError if there are no such rows, or not all of them */
function assertBlock(rows: Rows, { codes }: QuantisedQuery, from: number, to: number): void {
  const { dimension, count, upper, lower, scales, errors } = rows;
  if (from % GROUP_ROWS !== 0 || to - from > BLOCK_ROWS) {
    throw new RangeError(`Not a block of ${BLOCK_ROWS} rows.`);
  }
  const bytes = count * planeRowBytes(dimension);
  const isThere = [scales, errors].every(({ length }) => length === count);
  const isComplete = [upper, lower ?? upper].every(({ length }) => length === bytes);
  const isWhole = to % GROUP_ROWS === 0 || to === count;
  if (from < 0 || from > to || to > count || !isWhole || !isThere || !isComplete) {
    throw new RangeError(`There are no rows ${from} to ${to}.`);
  }
  if (codes.length !== dimension) {
    throw new RangeError(`A query of ${codes.length} values for rows of ${dimension}.`);
  }
}

function residentIn({ upper, lower, scales, errors }: Rows): KernelInstance | undefined {
  const isOneBuffer = [lower ?? upper, scales, errors].every(
    ({ buffer }) => buffer === upper.buffer,
  );
  return isOneBuffer ? residentKernel(upper.buffer) : undefined;
}

function addressesOf({ upper, lower, scales, errors }: Rows): Addresses {
  return {
    upper: upper.byteOffset,
    lower: lower?.byteOffset ?? 0,
    scales: scales.byteOffset,
    errors: errors.byteOffset,
  };
}

/** Whose waiting rooms are a scan's that is not closed. */
const occupied = new WeakSet<KernelInstance>();

/**
 * A scan of all rows of a shard, block by block, for a bar that rises.
 *
 * Upper halves leave a row an interval about as wide as strangers are apart, and at the beginning the bar is low: most
 * rows that reach it then would not reach the one that the scan ends with. What is probably among the best is looked
 * up at once, which lets the bar rise. Everything else waits in the kernel's memory, as far as there is room.
 */
export class RisingScan {
  readonly #rows: Rows;
  readonly #query: QuantisedQuery;
  /** Where rows can wait at all. */
  readonly #kernel: KernelInstance | undefined;
  #waiting = 0;

  /** Of several for the same rows, those but the first let none wait until that is closed. */
  constructor(rows: Rows, query: QuantisedQuery) {
    this.#rows = rows;
    this.#query = query;
    const canWait = rows.lower !== undefined && rows.dimension <= MAX_DIMENSION;
    const kernel = canWait ? residentIn(rows) : undefined;
    if (kernel === undefined || occupied.has(kernel)) return;
    occupied.add(kernel);
    this.#kernel = kernel;
  }

  /** Gives the room to others. What still waits in it is forgotten. */
  close(): void {
    if (this.#kernel === undefined) return;
    this.#waiting = 0;
    occupied.delete(this.#kernel);
  }

  /** As {@link ScanRows}, but for rows that wait. Not once it is closed. */
  scan(from: number, to: number, bar: number): Int32Array {
    const [rows, query, kernel] = [this.#rows, this.#query, this.#kernel];
    if (kernel === undefined) return scanRows(rows, query, from, to, bar);
    assertBlock(rows, query, from, to);
    const waiting = this.#room(kernel);
    const grouped = groupedRows(rows.count);
    const hits = call(kernel, addressesOf(rows), grouped, query, from, to, bar, waiting);
    this.#waiting += kernel.scanWaiting();
    return hits;
  }

  /** What has waited and reaches the bar, a part at each call, as {@link ScanRows} gives it; undefined when none waits. */
  settle(bar: number): Int32Array | undefined {
    const kernel = this.#kernel;
    if (kernel === undefined || this.#waiting === 0) return undefined;
    const count = Math.min(this.#waiting, BLOCK_ROWS);
    this.#waiting -= count;
    const { lower, scales, errors } = addressesOf(this.#rows);
    const { address } = this.#room(kernel);
    const { length } = this.#query.codes;
    if (lastQuery.get(kernel) !== this.#query) writeQuery(kernel, this.#query);
    const found = kernel.settle(
      lower,
      scales,
      errors,
      paddedDimension(length),
      firstDimensions(length),
      QUERY,
      BOUNDS,
      bar,
      address,
      count,
      HITS,
    );
    return new Int32Array(kernel.buffer, HITS, 2 * found);
  }

  /** What is left of it, behind the rows that wait. The kernel may write one pair more than it counts. */
  #room({ waiting: { address, pairs } }: KernelInstance): WaitingRoom {
    const bytes = this.#waiting * 2 * Int32Array.BYTES_PER_ELEMENT;
    return { address: address + bytes, pairs: pairs - this.#waiting - 1 };
  }
}

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
  waiting: WaitingRoom = { address: 0, pairs: 0 },
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
    OWN,
    waiting.address,
    waiting.pairs,
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
