/**
 * The search kernel, in AssemblyScript: compiled by `npm run kernel:build` to WebAssembly with SIMD.
 *
 * Rows are codes in two planes (../../planes.ts), queries and bounds those of ../../quantise.ts. For every
 * row `half` is the product of the upper halves of its codes with those of the query, exact in int32, and
 *
 *     high = (half * scale + ceiling) * s  +  e * spread  +  error
 *
 * an upper bound of the true product, where s and e are the scale and the error of the row. Rows whose bound reaches
 * `bar` are written out with `half`, all others are passed over. If there is a lower plane, these rows are looked up
 * there, in two steps, each with a bound of its own: with the lower halves of the first dimensions, and those that
 * still reach the bar with all of them. What is left is written out with `dot`, the product of its whole codes, 16
 * times `half` and what the lower halves add. The operations, and hence the bits, are those of the plain scan in
 * ../plain.ts. Rows that reach the bar by their upper bound alone can be told to wait for a higher one.
 *
 * Memory belongs to the host; ../kernel.ts has its layout.
 */
import { HIT_BYTES, highOf, write } from './hits';
import { BOUND_BYTES, lookUp } from './look-up';
import { groupSums, packedDot } from './products';

/**
 * @param upper address of the upper plane
 * @param lower address of the lower plane, 0 if there is none
 * @param scales address of the float32 scales, one a row
 * @param errors address of the float32 errors, one a row
 * @param dimension with its padding, a multiple of 32
 * @param firstDimensions how many are looked up first in the lower plane, a multiple of 32
 * @param grouped how many rows are in groups of four
 * @param from a multiple of 4
 * @param to the row after the last one; a multiple of 4 or beyond `grouped`
 * @param query address of `dimension` int16 codes
 * @param querySum the sum of these codes
 * @param bounds address of four float32 each for upper halves, for the first lookup and for the second: a scale, a
 *   ceiling, a spread and an error
 * @param hits address with room for `to - from` pairs of int32: a row and its product
 * @param own address of 160 bytes for the kernel's own use
 * @param waiting address with room for rows that need not be looked up yet, as pairs of int32: a row and its `half`; 0
 *   to look up all
 * @param room for so many of them, and one more
 * @returns how many pairs it wrote to `hits`; in {@link scanWaiting} how many rows wait
 */
export function scan(
  upper: usize,
  lower: usize,
  scales: usize,
  errors: usize,
  dimension: usize,
  firstDimensions: usize,
  grouped: u32,
  from: u32,
  to: u32,
  query: usize,
  querySum: i32,
  bounds: usize,
  bar: f32,
  hits: usize,
  own: usize,
  waiting: usize,
  room: u32,
): u32 {
  const start = hits;
  waitingRows = 0;
  const offset = 8 * querySum;
  // What no rows change lies in memory: what is in registers here, the innermost loop has to do without.
  v128.store(own, f32x4.replace_lane(f32x4.splat(<f32>offset), 3, 0), OFFSETS);
  v128.store(own, f32x4(1, 1.0 / 16, 1.0 / 256, 1.0 / 4096), WEIGHTS);
  v128.store(own, f32x4.splat(load<f32>(bounds)), SCALE);
  v128.store(own, f32x4.splat(load<f32>(bounds, 4)), CEILING);
  v128.store(own, f32x4.splat(load<f32>(bounds, 8)), SPREAD);
  v128.store(own, f32x4.splat(load<f32>(bounds, 12)), ERROR);
  v128.store(own, f32x4.splat(bar), BAR);
  v128.store(own, i16x8.splat(0x000f), MASKS);
  v128.store(own, i16x8.splat(0x00f0), MASKS + 16);
  v128.store(own, i16x8.splat(0x0f00), MASKS + 32);
  let row = from;
  let at = upper + <usize>(from >> 2) * 2 * dimension;

  for (const end = min(to, grouped); row < end; row += 4) {
    const products = f32x4.convert_i32x4_s(groupSums(at, query, dimension, own + MASKS));
    const halves = f32x4.sub(f32x4.mul(products, v128.load(own, WEIGHTS)), v128.load(own, OFFSETS));
    at += 2 * dimension;
    const estimates = f32x4.mul(
      f32x4.add(f32x4.mul(halves, v128.load(own, SCALE)), v128.load(own, CEILING)),
      v128.load(scales + ((<usize>row) << 2)),
    );
    const spreads = f32x4.mul(v128.load(errors + ((<usize>row) << 2)), v128.load(own, SPREAD));
    const highs = f32x4.add(f32x4.add(estimates, spreads), v128.load(own, ERROR));
    const reached = f32x4.ge(highs, v128.load(own, BAR));
    if (v128.any_true(reached)) {
      const mask = i32x4.bitmask(reached);
      const whole = i32x4.trunc_sat_f32x4_s(halves);
      // Which of them it is nobody can predict: all are written, and what did not reach the bar is written over.
      write(hits, row, i32x4.extract_lane(whole, 0));
      hits += (<usize>(mask & 1)) << 3;
      write(hits, row + 1, i32x4.extract_lane(whole, 1));
      hits += (<usize>(mask & 2)) << 2;
      write(hits, row + 2, i32x4.extract_lane(whole, 2));
      hits += (<usize>(mask & 4)) << 1;
      write(hits, row + 3, i32x4.extract_lane(whole, 3));
      hits += <usize>(mask & 8);
    }
  }

  for (; row < to; row++) {
    const half = packedDot(at, query, dimension) - offset;
    at += dimension >> 1;
    write(hits, row, half);
    if (highOf(half, row, scales, errors, bounds) >= bar) hits += HIT_BYTES;
  }

  if (lower === 0) return <u32>((hits - start) >> 3);
  if (waiting !== 0) hits = letWait(start, hits, scales, bounds, bar, waiting, room);
  return lookUp(
    start,
    hits,
    lower,
    dimension,
    firstDimensions,
    query,
    scales,
    errors,
    bounds + BOUND_BYTES,
    bar,
  );
}

/** Where in the kernel's own bytes what lies. */
const OFFSETS: usize = 0;
const WEIGHTS: usize = 16;
const SCALE: usize = 32;
const CEILING: usize = 48;
const SPREAD: usize = 64;
const ERROR: usize = 80;
const BAR: usize = 96;
const MASKS: usize = 112;

let waitingRows: u32 = 0;

/** How many rows the last call of {@link scan} lets wait. */
export function scanWaiting(): u32 {
  return waitingRows;
}

/**
 * Of the rows that reach the bar, lets those wait of which the middle of the interval does not.
 *
 * @param start address of pairs of a row and its `half`, up to `end`
 * @returns the end of the pairs that are left
 */
function letWait(
  start: usize,
  end: usize,
  scales: usize,
  bounds: usize,
  bar: f32,
  waiting: usize,
  room: u32,
): usize {
  const scale = load<f32>(bounds);
  const ceiling = load<f32>(bounds, 4);
  const full = waiting + ((<usize>room) << 3);
  let kept = start;
  let wait = waiting;
  for (let hit = start; hit < end; hit += HIT_BYTES) {
    const row = load<u32>(hit);
    const half = load<i32>(hit, 4);
    const middle: f32 = (<f32>half * scale + ceiling) * load<f32>(scales + ((<usize>row) << 2));
    const waits: usize = middle < bar && wait < full ? HIT_BYTES : 0;
    write(kept, row, half);
    write(wait, row, half);
    kept += HIT_BYTES - waits;
    wait += waits;
  }
  waitingRows = <u32>((wait - waiting) >> 3);
  return kept;
}

/**
 * Looks up rows that have waited, as far as they still reach the bar.
 *
 * @param bounds as of {@link scan}
 * @param waiting address of so many pairs of a row and its `half`
 * @param hits address with room for as many: a row and its product
 * @returns how many pairs it wrote
 */
export function settle(
  lower: usize,
  scales: usize,
  errors: usize,
  dimension: usize,
  firstDimensions: usize,
  query: usize,
  bounds: usize,
  bar: f32,
  waiting: usize,
  count: u32,
  hits: usize,
): u32 {
  let end = hits;
  for (let i: u32 = 0; i < count; i++, waiting += HIT_BYTES) {
    const row = load<u32>(waiting);
    const half = load<i32>(waiting, 4);
    write(end, row, half);
    end += highOf(half, row, scales, errors, bounds) >= bar ? HIT_BYTES : 0;
  }
  return lookUp(
    hits,
    end,
    lower,
    dimension,
    firstDimensions,
    query,
    scales,
    errors,
    bounds + BOUND_BYTES,
    bar,
  );
}
