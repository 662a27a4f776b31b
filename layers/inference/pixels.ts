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
  // In index coordinates, where pixel centres are whole numbers.
  const [left, top] = [toSource.x - 0.5, toSource.y - 0.5];
  const [lastX, lastY, stride] = [width - 1, height - 1, width * 3];
  const output = new Float32Array(side * side * 3);
  const edge = new Float64Array(3);
  let to = 0;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let j = 0; j < samples; j++) {
        const v = row + (j + 0.5) * step;
        const fromX = left - b * v;
        const fromY = top + a * v;
        for (let i = 0; i < samples; i++) {
          const u = column + (i + 0.5) * step;
          const x = a * u + fromX;
          const y = b * u + fromY;
          if (!(x >= 0 && y >= 0 && x < lastX && y < lastY)) {
            sampleAtEdge(pixels, x, y, edge);
            red += edge[0]!;
            green += edge[1]!;
            blue += edge[2]!;
            continue;
          }
          const x0 = x | 0;
          const y0 = y | 0;
          const right = x - x0;
          const down = y - y0;
          const p = y0 * stride + x0 * 3;
          const q = p + stride;
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

/** A bilinear sample of which some of the four pixels may lie outside, where all is black. */
function sampleAtEdge({ data, width, height }: Pixels, x: number, y: number, rgb: Float64Array) {
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const [right, down] = [x - x0, y - y0];
  rgb.fill(0);
  for (let corner = 0; corner < 4; corner++) {
    const cx = x0 + (corner & 1);
    const cy = y0 + (corner >> 1);
    if (cx < 0 || cy < 0 || cx >= width || cy >= height) continue;
    const share = (corner & 1 ? right : 1 - right) * (corner >> 1 ? down : 1 - down);
    const p = (cy * width + cx) * 3;
    for (let channel = 0; channel < 3; channel++) rgb[channel]! += share * data[p + channel]!;
  }
}
