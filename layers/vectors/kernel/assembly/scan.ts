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

/**
 * Makes of what is written out of rows the products of their whole codes, of those that reach the bar.
 *
 * @param start address of pairs of a row and its `half`, up to `end`
 * @param bounds of the first step, and behind it of the second
 * @returns how many are left
 */
function lookUp(
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

const BOUND_BYTES = 16;

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

function highOf(product: i32, row: u32, scales: usize, errors: usize, bound: usize): f32 {
  const scale = load<f32>(scales + ((<usize>row) << 2));
  const error = load<f32>(errors + ((<usize>row) << 2));
  const estimate: f32 = (<f32>product * load<f32>(bound) + load<f32>(bound, 4)) * scale;
  return estimate + error * load<f32>(bound, 8) + load<f32>(bound, 12);
}

const HIT_BYTES: usize = 8;

function write(hit: usize, row: u32, product: i32): void {
  store<u32>(hit, row);
  store<i32>(hit, product, 4);
}

/**
 * Of the four rows of a group, the products of their halves, that of row r times 16^r; those of the first
 * three are of halves that are larger by 8.
 *
 * @param masks address of those for the first three. Read in each turn, which costs nothing; as constants they would be
 *   made anew in each.
 */
function groupSums(group: usize, query: usize, dimension: usize, masks: usize): v128 {
  let a = i32x4.splat(0);
  let b = i32x4.splat(0);
  let c = i32x4.splat(0);
  let all = i32x4.splat(0);
  for (const end = query + 2 * dimension; query < end; query += 32) {
    const first = v128.load(masks);
    const second = v128.load(masks, 16);
    const third = v128.load(masks, 32);
    let four = v128.load(group);
    let codes = v128.load(query);
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.and(four, first), codes));
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.and(four, second), codes));
    c = i32x4.add(c, i32x4.dot_i16x8_s(v128.and(four, third), codes));
    all = i32x4.add(all, i32x4.dot_i16x8_s(four, codes));
    four = v128.load(group, 16);
    codes = v128.load(query, 16);
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.and(four, first), codes));
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.and(four, second), codes));
    c = i32x4.add(c, i32x4.dot_i16x8_s(v128.and(four, third), codes));
    all = i32x4.add(all, i32x4.dot_i16x8_s(four, codes));
    group += 32;
  }
  const d = i32x4.sub(all, i32x4.add(i32x4.add(a, b), c));
  return sums(a, b, c, d);
}

/** The product of the values of a packed row, from 0 to 15. */
function packedDot(row: usize, query: usize, dimension: usize): i32 {
  const low = i16x8.splat(15);
  let even = i32x4.splat(0);
  let odd = i32x4.splat(0);
  for (const end = query + 2 * dimension; query < end; query += 64) {
    const four = v128.load(row);
    even = i32x4.add(even, i32x4.dot_i16x8_s(v128.and(four, low), v128.load(query)));
    odd = i32x4.add(
      odd,
      i32x4.dot_i16x8_s(v128.and(i16x8.shr_u(four, 4), low), v128.load(query, 16)),
    );
    even = i32x4.add(
      even,
      i32x4.dot_i16x8_s(v128.and(i16x8.shr_u(four, 8), low), v128.load(query, 32)),
    );
    odd = i32x4.add(odd, i32x4.dot_i16x8_s(i16x8.shr_u(four, 12), v128.load(query, 48)));
    row += 16;
  }
  const sum = i32x4.add(even, odd);
  return i32x4.extract_lane(sums(sum, sum, sum, sum), 0);
}

/** The sum of the lanes of each. */
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(i32x4.shuffle(a, b, 0, 1, 4, 5), i32x4.shuffle(a, b, 2, 3, 6, 7));
  const cd = i32x4.add(i32x4.shuffle(c, d, 0, 1, 4, 5), i32x4.shuffle(c, d, 2, 3, 6, 7));
  return i32x4.add(i32x4.shuffle(ab, cd, 0, 2, 4, 6), i32x4.shuffle(ab, cd, 1, 3, 5, 7));
}
