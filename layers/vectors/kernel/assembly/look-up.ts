/** Rows that reach the bar by their upper halves, looked up in the lower plane. */
import { HIT_BYTES, highOf, write } from './hits';
import { packedDot } from './products';

/**
 * Makes of what is written out of rows the products of their whole codes, of those that reach the bar.
 *
 * @param start address of pairs of a row and its `half`, up to `end`
 * @param bounds of the first step, and behind it of the second
 * @returns how many are left
 */
export function lookUp(
  start: usize,
  end: usize,
  lower: usize,
  dimension: usize,
  firstDimensions: usize,
  query: usize,
  scales: usize,
  errors: usize,
  bounds: usize,
  bar: f32,
): u32 {
  // First 16 times what is written out and the lower halves of the first dimensions, then those of the others.
  const left = addLower(
    start,
    end,
    16,
    lower,
    dimension,
    0,
    firstDimensions,
    query,
    scales,
    errors,
    bounds,
    bar,
  );
  const kept = addLower(
    start,
    left,
    1,
    lower,
    dimension,
    firstDimensions,
    dimension,
    query,
    scales,
    errors,
    bounds + BOUND_BYTES,
    bar,
  );
  return <u32>((kept - start) >> 3);
}

export const BOUND_BYTES = 16;

/**
 * Adds the products of some of the lower halves to what is written out of rows, times a factor, and lets go of the
 * rows that do not reach the bar.
 *
 * @param start address of pairs of a row and a product, up to `end`
 * @param firstDimension from which on, to the one before `lastDimension`; multiples of 32
 * @returns the end of the pairs that are left
 */
function addLower(
  start: usize,
  end: usize,
  factor: i32,
  lower: usize,
  dimension: usize,
  firstDimension: usize,
  lastDimension: usize,
  query: usize,
  scales: usize,
  errors: usize,
  bound: usize,
  bar: f32,
): usize {
  const offset = lower + (firstDimension >> 1);
  const dimensions = lastDimension - firstDimension;
  const codes = query + 2 * firstDimension;
  let kept = start;
  for (let batch = start; batch < end; ) {
    const batchEnd = min(batch + HIT_BYTES * BATCH_ROWS, end);
    // It never is; but what nobody looks at would not be read.
    if (fetch(batch, batchEnd, offset, dimension, dimensions) === u32.MAX_VALUE) unreachable();
    for (let hit = batch; hit < batchEnd; hit += HIT_BYTES) {
      const row = load<u32>(hit);
      const at = offset + ((<usize>row * dimension) >> 1);
      const product = factor * load<i32>(hit, 4) + packedDot(at, codes, dimensions);
      write(kept, row, product);
      kept += highOf(product, row, scales, errors, bound) >= bar ? HIT_BYTES : 0;
    }
    batch = batchEnd;
  }
  return kept;
}

/** Rows of the lower plane that are fetched together; they fit into the first cache. */
const BATCH_ROWS = 64;
const LINE_BYTES: usize = 64;

/**
 * Reads a byte of each cache line of some rows of the lower plane. They lie far apart: one after the other
 * each would be waited for, while here the processor asks for many at once.
 * @param dimensions how many of a row
 * @returns the sum of these bytes
 */
function fetch(hit: usize, end: usize, lower: usize, dimension: usize, dimensions: usize): u32 {
  let sum: u32 = 0;
  for (; hit < end; hit += HIT_BYTES) {
    let at = lower + ((<usize>load<u32>(hit) * dimension) >> 1);
    const rowEnd = at + (dimensions >> 1);
    for (; at + LINE_BYTES < rowEnd; at += 2 * LINE_BYTES) {
      sum += load<u8>(at) + load<u8>(at, LINE_BYTES);
    }
    if (at < rowEnd) sum += load<u8>(at);
  }
  return sum;
}
