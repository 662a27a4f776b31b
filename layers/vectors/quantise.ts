/**
 * Vectors as int8 codes with a scale each: `value ~ code * scale`.
 *
 * Symmetric quantisation per vector: the scale maps the largest magnitude to 127, each value to the
 * nearest code, so a value is off by at most half a scale. Hence for any query q
 *
 *     |q . v  -  scale * (q . code)|  <=  scale / 2 * |q|1
 *
 * which is what lets a search drop a vector by its code without ever dropping a true match.
 */

const LARGEST_CODE = 127;

/** Room for the rounding of float32 products and sums, relative to the magnitudes involved. */
const ROUNDING = 1e-5;

/**
 * @param codes receives `vector.length` codes from `offset` on
 * @returns the scale, a float32
 */
export function quantise(vector: Float32Array, codes: Int8Array, offset: number): number {
  const largest = vector.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const scale = Math.fround(largest / LARGEST_CODE);
  for (let i = 0; i < vector.length; i++) {
    codes[offset + i] = scale === 0 ? 0 : Math.round((vector[i] ?? 0) / scale);
  }
  return scale;
}

/** Half the width of the interval around an estimate in which the true product lies, per unit of scale. */
export function errorPerScale(query: Float32Array): number {
  let sum = 0;
  for (const value of query) sum += Math.abs(value);
  return (0.5 + ROUNDING * LARGEST_CODE) * sum;
}
