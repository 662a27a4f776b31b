/**
 * An upright RGB raster in memory and the one way to sample it: along a similarity transform
 * (rotation, uniform scale, shift), which is what both the landmark crop and face alignment need.
 */

/** `data` is RGB, 8 bits each, interleaved, rows from the top, no padding. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Maps (u, v) to (a u - b v + x, b u + a v + y): scale hypot(a, b), rotation atan2(b, a). Coordinates
 * are continuous: the centre of the pixel in column 0 is at 0.5.
 */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly x: number;
  readonly y: number;
}

/** More samples per axis than this cost more than they show. */
const MAX_SAMPLES = 4;

/**
 * Cuts a square out of `pixels`.
 *
 * @param toSource maps a position in the output, 0..side, to a position in the source, in pixels.
 * @param side width and height of the output in pixels.
 * @returns side * side * 3 values 0..255, RGB interleaved. Outside the source is black.
 *
 * Bilinear; where the source is finer than the output, each output pixel is the mean of a grid of
 * samples about one source pixel apart, so shrinking does not alias.
 */
export function sampleSquare(pixels: Pixels, toSource: Similarity, side: number): Float32Array {
  const { data, width, height } = pixels;
  const { a, b } = toSource;
  const samples = Math.min(MAX_SAMPLES, Math.max(1, Math.round(Math.hypot(a, b))));
  const step = 1 / samples;
  const weight = step * step;
  const output = new Float32Array(side * side * 3);
  let to = 0;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      let [red, green, blue] = [0, 0, 0];
      for (let j = 0; j < samples; j++) {
        const v = row + (j + 0.5) * step;
        for (let i = 0; i < samples; i++) {
          const u = column + (i + 0.5) * step;
          // In index coordinates, where pixel centres are whole numbers.
          const x = a * u - b * v + toSource.x - 0.5;
          const y = b * u + a * v + toSource.y - 0.5;
          const x0 = Math.floor(x);
          const y0 = Math.floor(y);
          const right = x - x0;
          const down = y - y0;
          if (x0 < 0 || y0 < 0 || x0 + 1 >= width || y0 + 1 >= height) {
            for (let corner = 0; corner < 4; corner++) {
              const cx = x0 + (corner & 1);
              const cy = y0 + (corner >> 1);
              if (cx < 0 || cy < 0 || cx >= width || cy >= height) continue;
              const share = (corner & 1 ? right : 1 - right) * (corner >> 1 ? down : 1 - down);
              const p = (cy * width + cx) * 3;
              red += share * data[p]!;
              green += share * data[p + 1]!;
              blue += share * data[p + 2]!;
            }
            continue;
          }
          const p = (y0 * width + x0) * 3;
          const q = p + width * 3;
          const w11 = right * down;
          const w10 = right - w11;
          const w01 = down - w11;
          const w00 = 1 - right - w01;
          red += w00 * data[p]! + w10 * data[p + 3]! + w01 * data[q]! + w11 * data[q + 3]!;
          green +=
            w00 * data[p + 1]! + w10 * data[p + 4]! + w01 * data[q + 1]! + w11 * data[q + 4]!;
          blue += w00 * data[p + 2]! + w10 * data[p + 5]! + w01 * data[q + 2]! + w11 * data[q + 5]!;
        }
      }
      output[to++] = red * weight;
      output[to++] = green * weight;
      output[to++] = blue * weight;
    }
  }
  return output;
}
