/** The kernel's work without WebAssembly: for machines that have no SIMD, and what the kernel is tested against. */
import type { Pixels, Planes, Sample } from './work.ts';

const { fround } = Math;
const CHANNELS = 3;

export const samplePlain: Sample = (pixels, square, into) => {
  const { side, samples, toSource } = square;
  const { a, b } = toSource;
  const [gain, divisor] = [fround(square.gain), fround(square.divisor)];
  const step = 1 / samples;
  const weight = fround(step * step);
  // In index coordinates, where pixel centres are whole numbers.
  const [left, top] = [toSource.x - 0.5, toSource.y - 0.5];
  const sum = new Float32Array(CHANNELS);
  let to = 0;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      sum.fill(0);
      for (let j = 0; j < samples; j++) {
        const v = row + (j + 0.5) * step;
        const fromX = left - b * v;
        const fromY = top + a * v;
        for (let i = 0; i < samples; i++) {
          const u = column + (i + 0.5) * step;
          addSample(pixels, a * u + fromX, b * u + fromY, sum);
        }
      }
      for (const value of sum) {
        const mean = fround(value * weight);
        const lit = gain === 1 ? mean : Math.min(fround(mean * gain), 255);
        into[to++] = lit / divisor;
      }
    }
  }
};

/** Bilinear; outside the picture all is black. */
function addSample({ data, width, height }: Pixels, x: number, y: number, sum: Float32Array): void {
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const [right, down] = [fround(x - x0), fround(y - y0)];
  const at = (column: number, row: number, channel: number) =>
    column >= 0 && row >= 0 && column < width && row < height
      ? data[(row * width + column) * CHANNELS + channel]!
      : 0;
  for (let channel = 0; channel < CHANNELS; channel++) {
    const upper = between(at(x0, y0, channel), at(x0 + 1, y0, channel), right);
    const lower = between(at(x0, y0 + 1, channel), at(x0 + 1, y0 + 1, channel), right);
    sum[channel]! += between(upper, lower, down);
  }
}

/** Every operation in single precision. */
function between(from: number, to: number, share: number): number {
  return fround(from + fround(share * fround(to - from)));
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
