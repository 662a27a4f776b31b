/**
 * Pixels to what networks take, in AssemblyScript: compiled by `npm run kernel:build` to WebAssembly with SIMD.
 *
 * The operations, and hence the bits, are those of ../plain.ts: positions are whole numbers of 16384ths of a pixel, so
 * that no value is off by more than three hundredths of a level, and values float32, each operation rounded for itself.
 * Memory belongs to the host; ../kernel.ts has its layout.
 */
export { planes } from './planes';

/**
 * Cuts a square out of a picture, as ../../pixels.ts says.
 *
 * @param origin address at which the picture's first pixel would be; only what is sampled needs to be there,
 *   and two bytes behind it
 * @param stride bytes from a row to the next
 * @param a, b, left, top take a position in the output to one in the source, in which pixel centres are whole numbers
 * @param samples along each axis of an output pixel
 * @param places address of `side + 1` times `samples` pairs of float64, for the kernel's own use
 * @param to address of `side` squared times three float32, with room for one more
 */
export function sample(
  origin: usize,
  stride: usize,
  width: i32,
  height: i32,
  a: f64,
  b: f64,
  left: f64,
  top: f64,
  side: i32,
  samples: i32,
  gain: f32,
  divisor: f32,
  places: usize,
  to: usize,
): void {
  const step: f64 = 1.0 / <f64>samples;
  const weight = f32x4.splat(<f32>((step * step) / UNITS));
  const turn = f64x2.replace_lane(f64x2.splat(a * UNITS), 1, b * UNITS);
  const far = <f64>side;
  const inside =
    width <= MOST_PIXELS &&
    height <= MOST_PIXELS &&
    isInside(left, top, width, height) &&
    isInside(left + a * far, top + b * far, width, height) &&
    isInside(left - b * far, top + a * far, width, height) &&
    isInside(left + a * far - b * far, top + b * far + a * far, width, height);
  // What columns add to a place is the same in all rows.
  for (let column = 0; column < side; column++) {
    for (let i = 0; i < samples; i++) {
      const u = <f64>column + (<f64>i + 0.5) * step;
      v128.store(places + <usize>((column * samples + i) << 4), f64x2.mul(turn, f64x2.splat(u)));
    }
  }
  const length = <usize>(samples << 4);
  const rows = places + <usize>side * length;
  const light = f32x4.splat(gain);
  const whole = f32x4.splat(divisor);
  for (let row = 0; row < side; row++) {
    for (let j = 0; j < samples; j++) {
      const v = <f64>row + (<f64>j + 0.5) * step;
      const x = (left - b * v) * UNITS + WHOLE;
      const y = (top + a * v) * UNITS + WHOLE;
      v128.store(rows + <usize>(j << 4), f64x2.replace_lane(f64x2.splat(x), 1, y));
    }
    // Nearly all crops of faces are of the first kind; a loop of its own takes half the time.
    if (inside && samples === 1) {
      const from = v128.load(rows);
      for (let first = places; first < rows; first += 16) {
        const sum = sampleInside(origin, stride, f64x2.add(v128.load(first), from));
        v128.store(to, lit(sum, weight, light, whole));
        to += 12;
      }
      continue;
    }
    for (let first = places; first < rows; first += length) {
      const sum = inside
        ? sumInside(origin, stride, first, rows, length)
        : sumAtEdge(origin, stride, width, height, first, rows, length);
      v128.store(to, lit(sum, weight, light, whole));
      to += 12;
    }
  }
}

/** The samples of a pixel of the output that lie inside. */
function sumInside(origin: usize, stride: usize, first: usize, rows: usize, length: usize): v128 {
  let sum = f32x4.splat(0);
  for (let down: usize = 0; down < length; down += 16) {
    const from = v128.load(rows + down);
    for (let across: usize = 0; across < length; across += 16) {
      const place = f64x2.add(v128.load(first + across), from);
      sum = f32x4.add(sum, sampleInside(origin, stride, place));
    }
  }
  return sum;
}

/** Those of one of which some may lie outside. */
function sumAtEdge(
  origin: usize,
  stride: usize,
  width: i32,
  height: i32,
  first: usize,
  rows: usize,
  length: usize,
): v128 {
  const most = f64x2.replace_lane(f64x2.splat(lastWhole(width)), 1, lastWhole(height));
  let sum = f32x4.splat(0);
  for (let down: usize = 0; down < length; down += 16) {
    const from = v128.load(rows + down);
    for (let across: usize = 0; across < length; across += 16) {
      const place = f64x2.add(v128.load(first + across), from);
      const known = v128.and(f64x2.ge(place, f64x2.splat(WHOLE)), f64x2.lt(place, most));
      const value = i64x2.all_true(known)
        ? sampleInside(origin, stride, place)
        : sampleAtEdge(origin, stride, width, height, place);
      sum = f32x4.add(sum, value);
    }
  }
  return sum;
}

/** From here on, a position has no pixel behind it, or cannot be said in 32 bits. */
function lastWhole(pixels: i32): f64 {
  return <f64>(min<i32>(pixels, MOST_PIXELS) - 1) * UNITS + WHOLE;
}

function lit(sum: v128, weight: v128, gain: v128, divisor: v128): v128 {
  const mean = f32x4.mul(sum, weight);
  return f32x4.div(f32x4.pmin(f32x4.mul(mean, gain), f32x4.splat(255)), divisor);
}

/** Whether all four pixels around a position belong to the picture, even if rounding has moved it a little. */
function isInside(x: f64, y: f64, width: i32, height: i32): bool {
  return x >= 1 && y >= 1 && x < <f64>(width - 2) && y < <f64>(height - 2);
}

/** Parts of a pixel that are told apart: as many as a weight of 16 bits with a sign can be. */
const UNITS: f64 = 16384;
const UNIT_BITS = 14;
const UNIT_MASK = 16383;

/** A position in units fits into 32 bits. */
const MOST_PIXELS = 100_000;

/** Added to a number, it rounds that to a whole one, and leaves that in the low bits. */
const WHOLE: f64 = 6755399441055744.0;

/**
 * A sample in units of brightness, `UNITS` to a level.
 *
 * @param place x and y in units, {@link WHOLE} more.
 */
function sampleInside(origin: usize, stride: usize, place: v128): v128 {
  const x = i32x4.extract_lane(place, 0);
  const y = i32x4.extract_lane(place, 2);
  const at = origin + <usize>(y >> UNIT_BITS) * stride + <usize>(x >> UNIT_BITS) * 3;
  const right = x & UNIT_MASK;
  // In each pair of 16 bits: what the left pixel weighs, and what the right one does.
  const weights = i32x4.splat((right << 16) + ((1 << UNIT_BITS) - right));
  const upper = f32x4.convert_i32x4_s(i32x4.dot_i16x8_s(pairs(v128.load64_zero(at)), weights));
  const lower = f32x4.convert_i32x4_s(
    i32x4.dot_i16x8_s(pairs(v128.load64_zero(at + stride)), weights),
  );
  return between(upper, lower, <f32>(y & UNIT_MASK) * <f32>(1 / UNITS));
}

/** Of two pixels, each channel of the one beside that of the other, in 16 bits. A negative index is a byte of nothing. */
function pairs(pixels: v128): v128 {
  return i8x16.swizzle(pixels, i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1));
}

/** A sample of which some of the four pixels may lie outside, where all is black. */
function sampleAtEdge(origin: usize, stride: usize, width: i32, height: i32, place: v128): v128 {
  const units = f64x2.sub(place, f64x2.splat(WHOLE));
  const corner = f64x2.floor(f64x2.mul(units, f64x2.splat(1 / UNITS)));
  const share = f64x2.sub(units, f64x2.mul(corner, f64x2.splat(UNITS)));
  // Whatever is further away is as black as this.
  const x = <i32>min<f64>(max<f64>(f64x2.extract_lane(corner, 0), -2), <f64>width);
  const y = <i32>min<f64>(max<f64>(f64x2.extract_lane(corner, 1), -2), <f64>height);
  const right = <f32>f64x2.extract_lane(share, 0);
  const weights = f32x4.splat(right);
  const others = f32x4.splat(<f32>UNITS - right);
  const upper = f32x4.add(
    f32x4.mul(pixel(origin, stride, width, height, x, y), others),
    f32x4.mul(pixel(origin, stride, width, height, x + 1, y), weights),
  );
  const lower = f32x4.add(
    f32x4.mul(pixel(origin, stride, width, height, x, y + 1), others),
    f32x4.mul(pixel(origin, stride, width, height, x + 1, y + 1), weights),
  );
  return between(upper, lower, <f32>f64x2.extract_lane(share, 1) * <f32>(1 / UNITS));
}

function pixel(origin: usize, stride: usize, width: i32, height: i32, x: i32, y: i32): v128 {
  if (x < 0 || y < 0 || x >= width || y >= height) return f32x4.splat(0);
  return values(v128.load32_zero(origin + <usize>y * stride + <usize>x * 3));
}

function between(upper: v128, lower: v128, down: f32): v128 {
  return f32x4.add(upper, f32x4.mul(f32x4.splat(down), f32x4.sub(lower, upper)));
}

/** The first four bytes. */
function values(bytes: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes)));
}
