/** The kernel's work without WebAssembly: for machines that have no SIMD, and what the kernel is tested against. */
import type { Pixels, Planes, Sample } from './work.ts';

const { fround } = Math;
const CHANNELS = 3;

/** Parts of a pixel that are told apart. */
const UNITS = 16384;

/** Added to a number, it rounds that to a whole one, of halves the even one. */
const WHOLE = 6755399441055744;

export const samplePlain: Sample = (pixels, square, into) => {
  const { side, samples, toSource } = square;
  const [a, b] = [toSource.a * UNITS, toSource.b * UNITS];
  const [gain, divisor] = [fround(square.gain), fround(square.divisor)];
  const step = 1 / samples;
  const weight = fround((step * step) / UNITS);
  // In index coordinates, where pixel centres are whole numbers.
  const [left, top] = [toSource.x - 0.5, toSource.y - 0.5];
  const sum = new Float32Array(CHANNELS);
  let to = 0;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      sum.fill(0);
      for (let j = 0; j < samples; j++) {
        const v = row + (j + 0.5) * step;
        const fromX = (left - toSource.b * v) * UNITS + WHOLE;
        const fromY = (top + toSource.a * v) * UNITS + WHOLE;
        for (let i = 0; i < samples; i++) {
          const u = column + (i + 0.5) * step;
          addSample(pixels, a * u + fromX - WHOLE, b * u + fromY - WHOLE, sum);
        }
      }
      for (const value of sum) {
        const mean = fround(value * weight);
        const lit = Math.min(fround(mean * gain), 255);
        into[to++] = lit / divisor;
      }
    }
  }
};

/** Bilinear, `UNITS` to a level; outside the picture all is black. @param x, y in units */
function addSample({ data, width, height }: Pixels, x: number, y: number, sum: Float32Array): void {
  const [x0, y0] = [Math.floor(x / UNITS), Math.floor(y / UNITS)];
  const right = x - x0 * UNITS;
  const down = fround((y - y0 * UNITS) / UNITS);
  const at = (column: number, row: number, channel: number) =>
    column >= 0 && row >= 0 && column < width && row < height
      ? data[(row * width + column) * CHANNELS + channel]!
      : 0;
  for (let channel = 0; channel < CHANNELS; channel++) {
    const [upper, lower] = [y0, y0 + 1].map(
      (row) => at(x0, row, channel) * (UNITS - right) + at(x0 + 1, row, channel) * right,
    ) as [number, number];
    sum[channel]! += fround(upper + fround(down * fround(lower - upper)));
  }
}

export const planesPlain: Planes = ({ data, width, height }, canvas, into) => {
  const area = canvas.width * canvas.height;
  into.fill(0);
  const [mean, factor] = [fround(canvas.mean), fround(canvas.factor)];
  let from = 0;
  for (let row = 0; row < height; row++) {
    let to = (row + canvas.margin) * canvas.width + canvas.margin;
    for (let column = 0; column < width; column++) {
      for (let channel = 0; channel < CHANNELS; channel++) {
        into[to + channel * area] = fround(data[from++]! - mean) * factor;
      }
      to++;
    }
  }
};
