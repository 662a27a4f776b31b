/**
 * The kernel's work on pictures that lie anywhere. What it needs of a picture is copied to where the kernel
 * reads, and what it gives is copied back, which takes next to no time: a face is a small part of a picture.
 */
import { kernelWith } from './instance.ts';
import { planesPlain, samplePlain } from './plain.ts';
import type { Pixels, Planes, Sample, Square } from './work.ts';

const CHANNELS = 3;
const VALUE_BYTES = Float32Array.BYTES_PER_ELEMENT;

/** Two numbers in double precision. */
const PLACE_BYTES = 16;

/** The kernel reads and writes whole vectors, so beyond the last pixel and the last value. */
const PADDING = 16;

export const sample: Sample = (pixels, square, into) => {
  const { side, samples, gain, divisor } = square;
  const { a, b, x, y } = square.toSource;
  const { width, height } = pixels;
  const part = sampledPart(pixels, square);
  const stride = (part.right - part.left) * CHANNELS;
  const places = aligned(stride * (part.bottom - part.top) + PADDING);
  const to = places + (side + 1) * samples * PLACE_BYTES;
  const length = side * side * CHANNELS;
  const kernel = kernelWith(to + length * VALUE_BYTES + PADDING);
  if (kernel === undefined) {
    samplePlain(pixels, square, into);
    return;
  }
  copyPart(pixels, part, new Uint8Array(kernel.buffer));
  // Where the picture's first pixel would be, which may lie before the memory's begin: addresses wrap around.
  const origin = -(part.top * stride + part.left * CHANNELS);
  kernel.sample(
    origin,
    stride,
    width,
    height,
    a,
    b,
    x - 0.5,
    y - 0.5,
    side,
    samples,
    gain,
    divisor,
    places,
    to,
  );
  into.set(new Float32Array(kernel.buffer, to, length));
};

export const planes: Planes = (pixels, canvas, into) => {
  const { data, width, height } = pixels;
  const to = aligned(data.length + PADDING);
  const area = canvas.width * canvas.height;
  const kernel = kernelWith(to + CHANNELS * area * VALUE_BYTES);
  if (kernel === undefined) {
    planesPlain(pixels, canvas, into);
    return;
  }
  new Uint8Array(kernel.buffer).set(data);
  const planes = new Float32Array(kernel.buffer, to, CHANNELS * area);
  // What was there before must not be seen around the picture.
  planes.fill(0);
  const { mean, factor, margin } = canvas;
  const first = to + (margin * canvas.width + margin) * VALUE_BYTES;
  kernel.planes(0, width, height, mean, factor, first, canvas.width, area);
  into.set(planes);
};

/** Of a picture, in whole pixels; right and bottom are the first that do not belong to it. */
interface Part {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** What the samples of a square touch: its corners, and everything between. */
function sampledPart({ width, height }: Pixels, { toSource, side }: Square): Part {
  const { a, b, x, y } = toSource;
  const [across, down] = [a * side, b * side];
  const lowX = x + Math.min(0, across) + Math.min(0, -down);
  const highX = x + Math.max(0, across) + Math.max(0, -down);
  const lowY = y + Math.min(0, down) + Math.min(0, across);
  const highY = y + Math.max(0, down) + Math.max(0, across);
  // A pixel more on each side than bilinear samples need, for what rounding may add.
  const [left, right] = [within(lowX - 2, width), within(highX + 3, width)];
  const [top, bottom] = [within(lowY - 2, height), within(highY + 3, height)];
  return { left, top, right: Math.max(left, right), bottom: Math.max(top, bottom) };
}

/** A whole number of pixels, 0..size. What is no number is nowhere. */
function within(value: number, size: number): number {
  return Math.min(size, Math.max(0, Math.floor(value))) || 0;
}

function copyPart({ data, width }: Pixels, part: Part, into: Uint8Array): void {
  const row = (part.right - part.left) * CHANNELS;
  let to = 0;
  for (let y = part.top; y < part.bottom; y++, to += row) {
    const from = (y * width + part.left) * CHANNELS;
    into.set(data.subarray(from, from + row), to);
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / PADDING) * PADDING;
}
