/**
 * The search kernel, in AssemblyScript: compiled by `npm run kernel:build` to WebAssembly with SIMD.
 *
 * For every row, `dot` is the product of its int8 codes with the int16 codes of the query, exact in int32
 * (quantiseQuery says why it cannot overflow), and
 *
 *     high = (dot * queryScale + error) * scale
 *
 * is an upper bound of the true product. Rows whose bound reaches `bar` are written out, all others are
 * passed over. The operations, and hence the bits, are those of the plain scan in ../plain.ts.
 *
 * Memory belongs to the host; ../kernel.ts has its layout.
 */

/**
 * @param codes address of the codes of row 0, row after row
 * @param scales address of the float32 scales, one a row
 * @param dimension a multiple of 16
 * @param to the row after the last one
 * @param query address of `dimension` int16 codes
 * @param hits address with room for `to - from` pairs of int32: a row and its dot
 * @returns how many pairs it wrote
 */
export function scan(
  codes: usize,
  scales: usize,
  dimension: usize,
  from: u32,
  to: u32,
  query: usize,
  queryScale: f32,
  error: f32,
  bar: f32,
  hits: usize,
): u32 {
  const start = hits;
  const queryEnd = query + 2 * dimension;
  let row = from;
  let at = codes + <usize>from * dimension;

  // Four rows at a time, one after the other, as memory is read fastest from one place.
  for (; row + 4 <= to; row += 4) {
    const a = partialDots(at, query, queryEnd);
    const b = partialDots(at + dimension, query, queryEnd);
    const c = partialDots(at + 2 * dimension, query, queryEnd);
    const d = partialDots(at + 3 * dimension, query, queryEnd);
    at += 4 * dimension;
    const dots = sums(a, b, c, d);
    const products = f32x4.mul(f32x4.convert_i32x4_s(dots), f32x4.splat(queryScale));
    const highs = f32x4.mul(
      f32x4.add(products, f32x4.splat(error)),
      v128.load(scales + ((<usize>row) << 2)),
    );
    const reached = f32x4.ge(highs, f32x4.splat(bar));
    if (v128.any_true(reached)) {
      const mask = i32x4.bitmask(reached);
      if (mask & 1) hits = write(hits, row, i32x4.extract_lane(dots, 0));
      if (mask & 2) hits = write(hits, row + 1, i32x4.extract_lane(dots, 1));
      if (mask & 4) hits = write(hits, row + 2, i32x4.extract_lane(dots, 2));
      if (mask & 8) hits = write(hits, row + 3, i32x4.extract_lane(dots, 3));
    }
  }

  for (; row < to; row++) {
    const partial = partialDots(at, query, queryEnd);
    const dot = i32x4.extract_lane(sums(partial, partial, partial, partial), 0);
    at += dimension;
    const high: f32 = (<f32>dot * queryScale + error) * load<f32>(scales + ((<usize>row) << 2));
    if (high >= bar) hits = write(hits, row, dot);
  }
  return <u32>((hits - start) >> 3);
}

function write(hits: usize, row: u32, dot: i32): usize {
  store<u32>(hits, row);
  store<i32>(hits, dot, 4);
  return hits + 8;
}

/** Four sums that together are the product of one row with the query. */
function partialDots(row: usize, query: usize, queryEnd: usize): v128 {
  let even = i32x4.splat(0);
  let odd = i32x4.splat(0);
  for (; query < queryEnd; query += 32) {
    even = i32x4.add(even, i32x4.dot_i16x8_s(v128.load8x8_s(row), v128.load(query)));
    odd = i32x4.add(odd, i32x4.dot_i16x8_s(v128.load8x8_s(row, 8), v128.load(query, 16)));
    row += 16;
  }
  return i32x4.add(even, odd);
}

/** The sum of the lanes of each. */
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(i32x4.shuffle(a, b, 0, 1, 4, 5), i32x4.shuffle(a, b, 2, 3, 6, 7));
  const cd = i32x4.add(i32x4.shuffle(c, d, 0, 1, 4, 5), i32x4.shuffle(c, d, 2, 3, 6, 7));
  return i32x4.add(i32x4.shuffle(ab, cd, 0, 2, 4, 6), i32x4.shuffle(ab, cd, 1, 3, 5, 7));
}
