/**
 * Vectors as int8 codes with a scale each, `value ~ code * scale`, and queries as int16 codes.
 *
 * Symmetric quantisation per vector: the scale maps the largest magnitude to 127, each value to the
 * nearest code, so a value is off by at most half a scale. Let v be a vector with codes c and scale s, and
 * q a query with codes k and scale t, off by the residual f = q - t k. Then
 *
 *     q.v  =  s t (k.c)  +  s (f.c)  +  q.(v - s c)
 *
 *     |q.v - s t (k.c)|  <=  s (127 |f|1  +  |q|1 / 2)
 *
 * which is what lets a search drop a vector by its codes without ever dropping a true match. The codes of
 * the query are so fine that the first term is a hundredth of the second.
 */

const LARGEST_CODE = 127;
const LARGEST_QUERY_CODE = 32_767;

/**
 * So that no sum of products overflows int32: with |k|1 up to 2^24 - 1, and codes from -128 to 127, every
 * partial sum stays within 128 (2^24 - 1) < 2^31. As |k|1 <= |q|1 / t + dimension / 2, a t of at least
 * |q|1 / 16,000,000 keeps to that in 1.5 million dimensions.
 */
const LARGEST_QUERY_SUM = 16_000_000;

/**
 * Room for rounding, relative to 127 |q|1: the scan computes bounds in float32, with four roundings of
 * 2^-24 relative to about as much, which makes 2.4e-7; the float32 of the scale adds less.
 */
const ROUNDING = 1e-5;

export interface QuantisedQuery {
  readonly codes: Int16Array;
  /** A float32. */
  readonly scale: number;
  /**
   * Half the width of the interval around an estimate in which the true product lies, per unit of the
   * vector's scale; a float32.
   */
  readonly error: number;
}

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

export function quantiseQuery(query: Float32Array): QuantisedQuery {
  let largest = 0;
  let sum = 0;
  for (const value of query) {
    largest = Math.max(largest, Math.abs(value));
    sum += Math.abs(value);
  }
  const scale = Math.fround(Math.max(largest / LARGEST_QUERY_CODE, sum / LARGEST_QUERY_SUM));
  const codes = new Int16Array(query.length);
  let residual = 0;
  query.forEach((value, i) => {
    // The float32 of the scale may be a little too small for the largest value.
    const code = scale === 0 ? 0 : clamp(Math.round(value / scale), LARGEST_QUERY_CODE);
    codes[i] = code;
    residual += Math.abs(value - scale * code);
  });
  const error = LARGEST_CODE * residual + sum / 2 + ROUNDING * LARGEST_CODE * sum;
  return { codes, scale, error: Math.fround(error) };
}

const clamp = (value: number, limit: number) => Math.max(-limit, Math.min(limit, value));
