/** Ids and vectors for property tests. */
import fc from 'fast-check';
import { normalised } from '../support/random.ts';

/** Any UUID, of whatever version, as Recollect writes them: in lower case. */
export const anyId = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
);

/** From vectors whose values are all alike to those where one value is all there is, with ties at the edges of codes. */
const value = fc.oneof(
  fc.double({ min: -1, max: 1, noNaN: true }),
  fc.integer({ min: -254, max: 254 }).map((step) => step / 254),
  fc.constantFrom(0, -0, 1, -1, 1e-4, 1e-9, 1e-30, 0.5 / 127, 126.5 / 127),
);

/** Of unit length, as far as float32 goes. */
export const unitVector = (dimension: number) =>
  fc
    .array(value, { minLength: dimension, maxLength: dimension })
    .filter((values) => values.some((one) => Math.abs(one) > 1e-6))
    .map(normalised);

/** In double precision, by another way than the code under test. */
export function product(a: Float32Array, b: Float32Array): number {
  return Array.from(a).reduce((sum, one, i) => sum + one * (b[i] ?? Number.NaN), 0);
}
