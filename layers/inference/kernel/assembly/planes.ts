/** Pictures to colour planes, as ./pixels.ts says of the kernel. */

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
