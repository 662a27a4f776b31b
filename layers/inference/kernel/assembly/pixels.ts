/**
 * Pixels to what networks take, in AssemblyScript: compiled by `npm run kernel:build` to WebAssembly with SIMD.
 *
 * The operations, and hence the bits, are those of ../plain.ts: positions in float64, values in float32, each
 * operation rounded for itself. Memory belongs to the host; ../kernel.ts has its layout.
 */

/**
 * Cuts a square out of a picture, as ../../pixels.ts says.
 *
 * @param origin address at which the picture's first pixel would be; only what is sampled needs to be there,
 *   and two bytes behind it
 * @param stride bytes from a row to the next
 * @param a, b, left, top take a position in the output to one in the source, in which pixel centres are whole numbers
 * @param samples along each axis of an output pixel
 * @param places address of `side` times `samples` pairs of float64, for the kernel's own use
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
  const weight = f32x4.splat(<f32>(step * step));
  const turn = f64x2.replace_lane(f64x2.splat(a), 1, b);
  const far = <f64>side;
  const inside =
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
  for (let row = 0; row < side; row++) {
    let first = places;
    for (let column = 0; column < side; column++) {
      let sum = f32x4.splat(0);
      const end = first + length;
      for (let j = 0; j < samples; j++) {
        const v = <f64>row + (<f64>j + 0.5) * step;
        const from = f64x2.replace_lane(f64x2.splat(left - b * v), 1, top + a * v);
        for (let at = first; at < end; at += 16) {
          const place = f64x2.add(v128.load(at), from);
          const value = inside
            ? sampleInside(origin, stride, place)
            : sampleAtEdge(origin, stride, width, height, place);
          sum = f32x4.add(sum, value);
        }
      }
      first = end;
      let value = f32x4.mul(sum, weight);
      if (gain !== 1) value = f32x4.min(f32x4.mul(value, f32x4.splat(gain)), f32x4.splat(255));
      v128.store(to, f32x4.div(value, f32x4.splat(divisor)));
      to += 12;
    }
  }
}

/** Whether all four pixels around a position belong to the picture, even if rounding has moved it a little. */
function isInside(x: f64, y: f64, width: i32, height: i32): bool {
  return x >= 1 && y >= 1 && x < <f64>(width - 2) && y < <f64>(height - 2);
}

/** Added to a whole number, it leaves that in the low bits. */
const WHOLE: f64 = 6755399441055744.0;

/** @param place x and y. */
function sampleInside(origin: usize, stride: usize, place: v128): v128 {
  const corner = f64x2.floor(place);
  const share = f32x4.demote_f64x2_zero(f64x2.sub(place, corner));
  const whole = f64x2.add(corner, f64x2.splat(WHOLE));
  const x = <usize>i32x4.extract_lane(whole, 0);
  const y = <usize>i32x4.extract_lane(whole, 2);
  const at = origin + y * stride + x * 3;
  const upper = v128.load64_zero(at);
  const lower = v128.load64_zero(at + stride);
  return between(
    values(upper),
    values(i64x2.shr_u(upper, 24)),
    values(lower),
    values(i64x2.shr_u(lower, 24)),
    f32x4.splat(f32x4.extract_lane(share, 0)),
    f32x4.splat(f32x4.extract_lane(share, 1)),
  );
}

/** A sample of which some of the four pixels may lie outside, where all is black. */
function sampleAtEdge(origin: usize, stride: usize, width: i32, height: i32, place: v128): v128 {
  const corner = f64x2.floor(place);
  const share = f32x4.demote_f64x2_zero(f64x2.sub(place, corner));
  // Whatever is further away is as black as this.
  const x = <i32>min<f64>(max<f64>(f64x2.extract_lane(corner, 0), -2), <f64>width);
  const y = <i32>min<f64>(max<f64>(f64x2.extract_lane(corner, 1), -2), <f64>height);
  return between(
    pixel(origin, stride, width, height, x, y),
    pixel(origin, stride, width, height, x + 1, y),
    pixel(origin, stride, width, height, x, y + 1),
    pixel(origin, stride, width, height, x + 1, y + 1),
    f32x4.splat(f32x4.extract_lane(share, 0)),
    f32x4.splat(f32x4.extract_lane(share, 1)),
  );
}

function pixel(origin: usize, stride: usize, width: i32, height: i32, x: i32, y: i32): v128 {
  if (x < 0 || y < 0 || x >= width || y >= height) return f32x4.splat(0);
  return values(v128.load32_zero(origin + <usize>y * stride + <usize>x * 3));
}

function between(p00: v128, p10: v128, p01: v128, p11: v128, right: v128, down: v128): v128 {
  const upper = f32x4.add(p00, f32x4.mul(right, f32x4.sub(p10, p00)));
  const lower = f32x4.add(p01, f32x4.mul(right, f32x4.sub(p11, p01)));
  return f32x4.add(upper, f32x4.mul(down, f32x4.sub(lower, upper)));
}

/** The first four bytes. */
function values(bytes: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes)));
}

/**
 * Colour planes, (value - mean) * factor, of a picture within larger ones.
 *
 * @param from address of width * height * 3 bytes, and four bytes behind them
 * @param to address of the picture's first value in the first plane
 * @param stride values from a row of a plane to the next
 * @param area values of a plane
 */
export function planes(
  from: usize,
  width: i32,
  height: i32,
  mean: f32,
  factor: f32,
  to: usize,
  stride: usize,
  area: usize,
): void {
  const means = f32x4.splat(mean);
  const factors = f32x4.splat(factor);
  for (let row = 0; row < height; row++) {
    let at = to + <usize>row * stride * 4;
    let column = 0;
    for (; column + 4 <= width; column += 4) {
      // Four pixels; the index 16 is a byte of nothing.
      const four = v128.load(from);
      const none = i32x4.splat(0);
      const red = i8x16.shuffle(
        four,
        none,
        0,
        16,
        16,
        16,
        3,
        16,
        16,
        16,
        6,
        16,
        16,
        16,
        9,
        16,
        16,
        16,
      );
      const green = i8x16.shuffle(
        four,
        none,
        1,
        16,
        16,
        16,
        4,
        16,
        16,
        16,
        7,
        16,
        16,
        16,
        10,
        16,
        16,
        16,
      );
      const blue = i8x16.shuffle(
        four,
        none,
        2,
        16,
        16,
        16,
        5,
        16,
        16,
        16,
        8,
        16,
        16,
        16,
        11,
        16,
        16,
        16,
      );
      v128.store(at, normalised(red, means, factors));
      v128.store(at + area * 4, normalised(green, means, factors));
      v128.store(at + area * 8, normalised(blue, means, factors));
      from += 12;
      at += 16;
    }
    for (; column < width; column++) {
      for (let channel: usize = 0; channel < 3; channel++) {
        const value = (<f32>load<u8>(from + channel) - mean) * factor;
        store<f32>(at + channel * area * 4, value);
      }
      from += 3;
      at += 4;
    }
  }
}

function normalised(levels: v128, means: v128, factors: v128): v128 {
  return f32x4.mul(f32x4.sub(f32x4.convert_i32x4_s(levels), means), factors);
}
