/**
 * The search kernel, in AssemblyScript: compiled by `npm run kernel:build` to WebAssembly with SIMD.
 *
 * Rows are codes in two planes (../../planes.ts), queries and bounds those of ../../quantise.ts. For every
 * row `half` is the product of the upper halves of its codes with those of the query, exact in int32, and
 *
 *     high = (half * upperScale + upperCeiling) * scale  +  error * upperSpread  +  upperError
 *
 * an upper bound of the true product. Rows whose bound reaches `bar` are written out with `half`, all others
 * are passed over. If there is a lower plane, these rows are gone over once more: `dot` is the product of their
 * whole codes, 16 times `half` and what the lower halves add, and only those whose
 *
 *     high = (dot * wholeScale + wholeCeiling) * scale  +  error * wholeSpread  +  wholeError
 *
 * reaches `bar` are left, with `dot` in the place of `half`. The operations, and hence the bits, are those of
 * the plain scan in ../plain.ts.
 *
 * Memory belongs to the host; ../kernel.ts has its layout.
 */

/**
 * @param upper address of the upper plane
 * @param lower address of the lower plane, 0 if there is none
 * @param scales address of the float32 scales, one a row
 * @param errors address of the float32 errors, one a row
 * @param dimension with its padding, a multiple of 32
 * @param grouped how many rows are in groups of four
 * @param from a multiple of 4
 * @param to the row after the last one; a multiple of 4 or beyond `grouped`
 * @param query address of `dimension` int16 codes
 * @param querySum the sum of these codes
 * @param hits address with room for `to - from` pairs of int32: a row and its product
 * @returns how many pairs it wrote
 */
export function scan(
  upper: usize,
  lower: usize,
  scales: usize,
  errors: usize,
  dimension: usize,
  grouped: u32,
  from: u32,
  to: u32,
  query: usize,
  querySum: i32,
  upperScale: f32,
  upperCeiling: f32,
  upperSpread: f32,
  upperError: f32,
  wholeScale: f32,
  wholeCeiling: f32,
  wholeSpread: f32,
  wholeError: f32,
  bar: f32,
  hits: usize,
): u32 {
  const start = hits;
  const offset = 8 * querySum;
  const offsets = f32x4.replace_lane(f32x4.splat(<f32>offset), 3, 0);
  const weights = f32x4(1, 1.0 / 16, 1.0 / 256, 1.0 / 4096);
  let row = from;
  let at = upper + <usize>(from >> 2) * 2 * dimension;

  for (const end = min(to, grouped); row < end; row += 4) {
    const halves = f32x4.sub(
      f32x4.mul(f32x4.convert_i32x4_s(groupSums(at, query, dimension)), weights),
      offsets,
    );
    at += 2 * dimension;
    const estimates = f32x4.mul(
      f32x4.add(f32x4.mul(halves, f32x4.splat(upperScale)), f32x4.splat(upperCeiling)),
      v128.load(scales + ((<usize>row) << 2)),
    );
    const spreads = f32x4.mul(v128.load(errors + ((<usize>row) << 2)), f32x4.splat(upperSpread));
    const highs = f32x4.add(f32x4.add(estimates, spreads), f32x4.splat(upperError));
    const reached = f32x4.ge(highs, f32x4.splat(bar));
    if (v128.any_true(reached)) {
      const mask = i32x4.bitmask(reached);
      const products = i32x4.trunc_sat_f32x4_s(halves);
      if (mask & 1) hits = write(hits, row, i32x4.extract_lane(products, 0));
      if (mask & 2) hits = write(hits, row + 1, i32x4.extract_lane(products, 1));
      if (mask & 4) hits = write(hits, row + 2, i32x4.extract_lane(products, 2));
      if (mask & 8) hits = write(hits, row + 3, i32x4.extract_lane(products, 3));
    }
  }

  for (; row < to; row++) {
    const half = packedDot(at, query, dimension) - offset;
    at += dimension >> 1;
    const high = highOf(
      half,
      upperScale,
      upperCeiling,
      load<f32>(scales + ((<usize>row) << 2)),
      load<f32>(errors + ((<usize>row) << 2)) * upperSpread,
      upperError,
    );
    if (high >= bar) hits = write(hits, row, half);
  }

  if (lower === 0) return <u32>((hits - start) >> 3);

  let kept = start;
  for (let batch = start; batch < hits; ) {
    const end = min(batch + 8 * BATCH_ROWS, hits);
    // It never is; but what nobody looks at would not be read.
    if (fetch(batch, end, lower, dimension) === u32.MAX_VALUE) unreachable();
    for (let hit = batch; hit < end; hit += 8) {
      const row = load<u32>(hit);
      const low = lower + ((<usize>row * dimension) >> 1);
      const dot = 16 * load<i32>(hit, 4) + packedDot(low, query, dimension);
      const high = highOf(
        dot,
        wholeScale,
        wholeCeiling,
        load<f32>(scales + ((<usize>row) << 2)),
        load<f32>(errors + ((<usize>row) << 2)) * wholeSpread,
        wholeError,
      );
      if (high >= bar) kept = write(kept, row, dot);
    }
    batch = end;
  }
  return <u32>((kept - start) >> 3);
}

/** Rows of the lower plane that are fetched together; they fit into the first cache. */
const BATCH_ROWS = 64;
const LINE_BYTES = 64;

/**
 * Reads a byte of each cache line of some rows of the lower plane. They lie far apart: one after the other
 * each would be waited for, while here the processor asks for many at once.
 * @returns the sum of these bytes
 */
function fetch(hit: usize, end: usize, lower: usize, dimension: usize): u32 {
  let sum: u32 = 0;
  for (; hit < end; hit += 8) {
    let at = lower + ((<usize>load<u32>(hit) * dimension) >> 1);
    for (const rowEnd = at + (dimension >> 1); at < rowEnd; at += LINE_BYTES) sum += load<u8>(at);
  }
  return sum;
}

function highOf(
  product: i32,
  productScale: f32,
  ceiling: f32,
  scale: f32,
  spread: f32,
  error: f32,
): f32 {
  const estimate: f32 = (<f32>product * productScale + ceiling) * scale;
  return estimate + spread + error;
}

function write(hits: usize, row: u32, product: i32): usize {
  store<u32>(hits, row);
  store<i32>(hits, product, 4);
  return hits + 8;
}

/**
 * Of the four rows of a group, the products of their halves, that of row r times 16^r; those of the first
 * three are of halves that are larger by 8.
 */
function groupSums(group: usize, query: usize, dimension: usize): v128 {
  const first = i16x8.splat(0x000f);
  const second = i16x8.splat(0x00f0);
  const third = i16x8.splat(0x0f00);
  let a = i32x4.splat(0);
  let b = i32x4.splat(0);
  let c = i32x4.splat(0);
  let all = i32x4.splat(0);
  for (const end = query + 2 * dimension; query < end; query += 32) {
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
