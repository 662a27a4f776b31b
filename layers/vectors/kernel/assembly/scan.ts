/**
 * The search kernel, in AssemblyScript: compiled by `npm run kernel:build` to WebAssembly with SIMD.
 *
 * Rows are codes in two planes (../../planes.ts), queries and bounds those of ../../quantise.ts. For every
 * row `half` is the product of the upper halves of its codes with the coarse codes of the query, exact in
 * int32, and
 *
 *     high = (half * coarseScale + ceiling) * scale  +  error * spread  +  coarseError
 *
 * an upper bound of the true product. Rows whose bound reaches `bar` are written out with `half`, all others
 * are passed over. If there is a lower plane, these rows are gone over once more: `dot` is the product of the
 * whole codes with the fine ones of the query, and only those whose
 *
 *     high = (dot * fineScale + fineError) * scale
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
 * @param coarse address of `dimension` int16 codes
 * @param coarseSum the sum of these codes
 * @param fine address of `dimension` int16 codes
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
  coarse: usize,
  coarseSum: i32,
  coarseScale: f32,
  ceiling: f32,
  spread: f32,
  coarseError: f32,
  fine: usize,
  fineScale: f32,
  fineError: f32,
  bar: f32,
  hits: usize,
): u32 {
  const start = hits;
  const offset = 8 * coarseSum;
  const offsets = f32x4.replace_lane(f32x4.splat(<f32>offset), 3, 0);
  const weights = f32x4(1, 1.0 / 16, 1.0 / 256, 1.0 / 4096);
  let row = from;
  let at = upper + <usize>(from >> 2) * 2 * dimension;

  for (const end = min(to, grouped); row < end; row += 4) {
    const halves = f32x4.sub(
      f32x4.mul(f32x4.convert_i32x4_s(groupSums(at, coarse, dimension)), weights),
      offsets,
    );
    at += 2 * dimension;
    const estimates = f32x4.mul(
      f32x4.add(f32x4.mul(halves, f32x4.splat(coarseScale)), f32x4.splat(ceiling)),
      v128.load(scales + ((<usize>row) << 2)),
    );
    const spreads = f32x4.mul(v128.load(errors + ((<usize>row) << 2)), f32x4.splat(spread));
    const highs = f32x4.add(f32x4.add(estimates, spreads), f32x4.splat(coarseError));
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
    const half = packedHalf(at, coarse, dimension) - offset;
    at += dimension >> 1;
    const estimate: f32 =
      (<f32>half * coarseScale + ceiling) * load<f32>(scales + ((<usize>row) << 2));
    const high: f32 = estimate + load<f32>(errors + ((<usize>row) << 2)) * spread + coarseError;
    if (high >= bar) hits = write(hits, row, half);
  }

  if (lower === 0) return <u32>((hits - start) >> 3);

  const groups = upper + <usize>(grouped >> 2) * 2 * dimension;
  let kept = start;
  for (let hit = start; hit < hits; hit += 8) {
    const row = load<u32>(hit);
    const low = lower + ((<usize>row * dimension) >> 1);
    const dot =
      row < grouped
        ? groupDot(upper + <usize>(row >> 2) * 2 * dimension, row & 3, low, fine, dimension)
        : packedDot(groups + ((<usize>(row - grouped) * dimension) >> 1), low, fine, dimension);
    const high: f32 = (<f32>dot * fineScale + fineError) * load<f32>(scales + ((<usize>row) << 2));
    if (high >= bar) kept = write(kept, row, dot);
  }
  return <u32>((kept - start) >> 3);
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
function groupSums(group: usize, coarse: usize, dimension: usize): v128 {
  const first = i16x8.splat(0x000f);
  const second = i16x8.splat(0x00f0);
  const third = i16x8.splat(0x0f00);
  let a = i32x4.splat(0);
  let b = i32x4.splat(0);
  let c = i32x4.splat(0);
  let all = i32x4.splat(0);
  for (const end = coarse + 2 * dimension; coarse < end; coarse += 32) {
    let four = v128.load(group);
    let query = v128.load(coarse);
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.and(four, first), query));
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.and(four, second), query));
    c = i32x4.add(c, i32x4.dot_i16x8_s(v128.and(four, third), query));
    all = i32x4.add(all, i32x4.dot_i16x8_s(four, query));
    four = v128.load(group, 16);
    query = v128.load(coarse, 16);
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.and(four, first), query));
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.and(four, second), query));
    c = i32x4.add(c, i32x4.dot_i16x8_s(v128.and(four, third), query));
    all = i32x4.add(all, i32x4.dot_i16x8_s(four, query));
    group += 32;
  }
  const d = i32x4.sub(all, i32x4.add(i32x4.add(a, b), c));
  return sums(a, b, c, d);
}

/** The product of halves, larger by 8, of a packed row. */
function packedHalf(row: usize, coarse: usize, dimension: usize): i32 {
  const low = i16x8.splat(15);
  let sum = i32x4.splat(0);
  for (const end = coarse + 2 * dimension; coarse < end; coarse += 64) {
    const word = v128.load(row);
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.and(word, low), v128.load(coarse)));
    sum = i32x4.add(
      sum,
      i32x4.dot_i16x8_s(v128.and(i16x8.shr_u(word, 4), low), v128.load(coarse, 16)),
    );
    sum = i32x4.add(
      sum,
      i32x4.dot_i16x8_s(v128.and(i16x8.shr_u(word, 8), low), v128.load(coarse, 32)),
    );
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.shr_u(word, 12), v128.load(coarse, 48)));
    row += 16;
  }
  return total(sum);
}

/** The product of whole codes, of row `index` of a group. */
function groupDot(group: usize, index: u32, lower: usize, fine: usize, dimension: usize): i32 {
  // Halves that are larger by 8 are two's complement but for their highest bit.
  const flip = i16x8.splat(index === 3 ? <i16>0 : <i16>((<u32>8) << (4 * index)));
  const shift = 12 - 4 * <i32>index;
  const low = i16x8.splat(15);
  let sum = i32x4.splat(0);
  for (const end = fine + 2 * dimension; fine < end; fine += 64) {
    const word = v128.load(lower);
    let top = upperPart(i16x8.shl(v128.xor(v128.load(group), flip), shift));
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.or(top, v128.and(word, low)), v128.load(fine)));
    top = upperPart(i16x8.shl(v128.xor(v128.load(group, 16), flip), shift));
    sum = i32x4.add(
      sum,
      i32x4.dot_i16x8_s(v128.or(top, v128.and(i16x8.shr_u(word, 4), low)), v128.load(fine, 16)),
    );
    top = upperPart(i16x8.shl(v128.xor(v128.load(group, 32), flip), shift));
    sum = i32x4.add(
      sum,
      i32x4.dot_i16x8_s(v128.or(top, v128.and(i16x8.shr_u(word, 8), low)), v128.load(fine, 32)),
    );
    top = upperPart(i16x8.shl(v128.xor(v128.load(group, 48), flip), shift));
    sum = i32x4.add(
      sum,
      i32x4.dot_i16x8_s(v128.or(top, i16x8.shr_u(word, 12)), v128.load(fine, 48)),
    );
    group += 64;
    lower += 16;
  }
  return total(sum);
}

/** The product of whole codes, of a row that is packed in both planes. */
function packedDot(row: usize, lower: usize, fine: usize, dimension: usize): i32 {
  const flip = i16x8.splat(<i16>0x8888);
  const low = i16x8.splat(15);
  let sum = i32x4.splat(0);
  for (const end = fine + 2 * dimension; fine < end; fine += 64) {
    const word = v128.load(lower);
    const halves = v128.xor(v128.load(row), flip);
    sum = i32x4.add(
      sum,
      i32x4.dot_i16x8_s(
        v128.or(upperPart(i16x8.shl(halves, 12)), v128.and(word, low)),
        v128.load(fine),
      ),
    );
    sum = i32x4.add(
      sum,
      i32x4.dot_i16x8_s(
        v128.or(upperPart(i16x8.shl(halves, 8)), v128.and(i16x8.shr_u(word, 4), low)),
        v128.load(fine, 16),
      ),
    );
    sum = i32x4.add(
      sum,
      i32x4.dot_i16x8_s(
        v128.or(upperPart(i16x8.shl(halves, 4)), v128.and(i16x8.shr_u(word, 8), low)),
        v128.load(fine, 32),
      ),
    );
    sum = i32x4.add(
      sum,
      i32x4.dot_i16x8_s(v128.or(upperPart(halves), i16x8.shr_u(word, 12)), v128.load(fine, 48)),
    );
    row += 16;
    lower += 16;
  }
  return total(sum);
}

/** 16 times the highest four bits of each lane. */
function upperPart(lanes: v128): v128 {
  return v128.and(i16x8.shr_s(lanes, 8), i16x8.splat(-16));
}

function total(sum: v128): i32 {
  return i32x4.extract_lane(sums(sum, sum, sum, sum), 0);
}

/** The sum of the lanes of each. */
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(i32x4.shuffle(a, b, 0, 1, 4, 5), i32x4.shuffle(a, b, 2, 3, 6, 7));
  const cd = i32x4.add(i32x4.shuffle(c, d, 0, 1, 4, 5), i32x4.shuffle(c, d, 2, 3, 6, 7));
  return i32x4.add(i32x4.shuffle(ab, cd, 0, 2, 4, 6), i32x4.shuffle(ab, cd, 1, 3, 5, 7));
}
