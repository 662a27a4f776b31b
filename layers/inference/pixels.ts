/**
 * An upright RGB raster in memory and the one way to sample it: along a similarity transform
 * (rotation, uniform scale, shift), which is what both the landmark crop and face alignment need.
 */
import { sample } from './kernel/kernel.ts';
import type { Pixels, Similarity } from './kernel/work.ts';

export type { Pixels, Similarity } from './kernel/work.ts';

/** More samples per axis than this cost more than they show. */
const MAX_SAMPLES = 4;

export interface Sampling {
  /** By which values are multiplied before they are cut at 255; 1 unless given. */
  readonly gain?: number;
  /** What values are divided by in the end; 1 unless given. */
  readonly divisor?: number;
  /** Where to write, side * side * 3 values; a new array unless given. */
  readonly into?: Float32Array;
}

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
export function sampleSquare(
  pixels: Pixels,
  toSource: Similarity,
  side: number,
  { gain = 1, divisor = 1, into = new Float32Array(side * side * 3) }: Sampling = {},
): Float32Array {
  const scale = Math.hypot(toSource.a, toSource.b);
  const samples = Math.min(MAX_SAMPLES, Math.max(1, Math.round(scale)));
  sample(pixels, { toSource, side, samples, gain, divisor }, into);
  return into;
}
