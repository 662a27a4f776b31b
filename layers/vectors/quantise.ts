/**
 * Vectors as int8 codes with a scale each, `value ~ code * scale`, queries as int16 codes, and how far a
 * product of codes can be from that of the vectors.
 *
 * Symmetric quantisation per vector: the scale maps the largest magnitude to 127, each value to the
 * nearest code, so a value is off by at most half a scale. Let v be a vector with codes c and scale s, and
 * q a query with codes k and scale t, off by the residual f = q - t k.
 *
 * **Whole codes.** As |x.y| <= |x|1 max|y| (Hoelder's inequality with the exponents 1 and infinity),
 *
 *     q.v  =  s t (k.c)  +  s (f.c)  +  q.(v - s c)
 *
 *     |q.v - s t (k.c)|  <=  s (127 |f|1  +  |q|1 / 2)
 *
 * The codes of the query are so fine that the first term is a hundredth of the second.
 *
 * **Upper halves.** With c = 16 u + l (planes.ts) the vector is about w = s (16 u + 7.5), in the middle of
 * what l may be. Its distance e = |v - w| is measured when the vector is quantised and kept beside the scale.
 * As |x.y| <= |x| |y| (Cauchy and Schwarz),
 *
 *     q.v  =  t (k.w)  +  f.w  +  q.(v - w)         with  k.w = s (16 (k.u) + 7.5 sum(k))
 *
 *     |q.v - t (k.w)|  <=  |f| |w|  +  |q| e  <=  (|q| + |f|) e  +  1.001 |f|
 *
 * since |w| <= |v| + e, and vectors have unit length. For one that is longer a larger e is kept, so that
 * |w| <= 1.001 + e holds always. At 512 dimensions e is near .11, the deviation of the cosine of strangers .044.
 *
 * Either bound lets a search drop a vector by its codes without ever dropping a true match.
 */

const LARGEST_CODE = 127;
const LARGEST_QUERY_CODE = 32_767;

/** The lower half of a code is as far from this as from the values at its ends. */
const MIDDLE = 7.5;

/** Longer than any vector of unit length in float32; what is longer has a larger error. */
const LONGEST = 1.001;

/**
 * So that no sum of products overflows int32: with |k|1 up to 2^24 - 1, and codes from -128 to 127, every
 * partial sum stays within 128 (2^24 - 1) < 2^31. As |k|1 <= |q|1 / t + dimension / 2, a t of at least
 * |q|1 / 16,000,000 keeps to that in 1.5 million dimensions.
 */
const LARGEST_QUERY_SUM = 16_000_000;

/**
 * The same for upper halves, which the kernel multiplies where they lie: an int16 of four of them is -32,768
 * at the least, so |k|1 is at most 65,535. A t of |q|1 / 60,000 keeps to that in 11,000 dimensions.
 */
const LARGEST_COARSE_SUM = 60_000;
export const LARGEST_COARSE_DIMENSION = 11_000;

/**
 * Room for rounding, relative to 127 |q|1: the scan computes bounds in float32, with four roundings of
 * 2^-24 relative to about as much, which makes 2.4e-7; the float32 of the scale adds less.
 */
const ROUNDING = 1e-5;

/**
 * Room for rounding of the bound by upper halves. Its product is off by four roundings of 2^-24 relative to
 * 136 t |k|1 s, and the sum with its errors by three relative to (|q| + |f|) (1.001 + 2 e).
 */
const COARSE_ROUNDING = 1e-6;

/** The largest relative error of a float32. */
const HALF_STEP = 2 ** -24;

export interface Quantised {
  /** A float32. */
  readonly scale: number;
  /** The e of the bound, a float32: no less than the distance from the middle of the upper halves. */
  readonly error: number;
}

export interface QuantisedQuery {
  readonly codes: Int16Array;
  /** A float32. */
  readonly scale: number;
  /**
   * Half the width of the interval around an estimate in which the true product lies, per unit of the
   * vector's scale; a float32.
   */
  readonly error: number;
  readonly coarse: CoarseQuery;
}

/**
 * A query for upper halves: `(dot * scale + centre) * s` is the estimate for a vector with the scale s and
 * the error e, where `dot` is the product of halves and codes; the true product is off by no more than
 * `e * spread + error + s * slack`.
 */
export interface CoarseQuery {
  readonly codes: Int16Array;
  /** Of the codes. */
  readonly sum: number;
  /** A float32. */
  readonly scale: number;
  readonly centre: number;
  readonly slack: number;
  /** A float32. */
  readonly spread: number;
  /** A float32. */
  readonly error: number;
}

/** @param codes receives `vector.length` codes */
export function quantise(vector: Float32Array, codes: Int8Array): Quantised {
  let largest = 0;
  for (const value of vector) largest = Math.max(largest, Math.abs(value));
  const scale = Math.fround(largest / LARGEST_CODE);
  let distance = 0;
  let length = 0;
  for (let i = 0; i < vector.length; i++) {
    const value = vector[i] ?? 0;
    const code = scale === 0 ? 0 : Math.round(value / scale);
    codes[i] = code;
    const middle = scale * middleOf(code);
    distance += (value - middle) ** 2;
    length += middle ** 2;
  }
  return { scale, error: errorOf(Math.sqrt(distance), Math.sqrt(length)) };
}

/** The error of a vector of which only codes and scale are known: each value is off by half a scale at most. */
export function errorOfCodes(codes: Int8Array, scale: number): number {
  let distance = 0;
  let length = 0;
  for (const code of codes) {
    const middle = middleOf(code);
    distance += (code - middle) ** 2;
    length += middle ** 2;
  }
  const rounding = (Math.sqrt(codes.length) / 2) * (1 + COARSE_ROUNDING);
  return errorOf(scale * (Math.sqrt(distance) + rounding), scale * Math.sqrt(length));
}

const middleOf = (code: number) => 16 * (code >> 4) + MIDDLE;

/** A float32 that is no less. */
function errorOf(distance: number, length: number): number {
  return Math.fround(Math.max(distance, length - LONGEST) * (1 + 4 * HALF_STEP));
}

export function quantiseQuery(query: Float32Array): QuantisedQuery {
  let largest = 0;
  let sum = 0;
  for (const value of query) {
    largest = Math.max(largest, Math.abs(value));
    sum += Math.abs(value);
  }
  const scale = Math.fround(Math.max(largest / LARGEST_QUERY_CODE, sum / LARGEST_QUERY_SUM));
  const codes = codesFor(query, scale);
  let residual = 0;
  query.forEach((value, i) => {
    residual += Math.abs(value - scale * (codes[i] ?? 0));
  });
  const error = LARGEST_CODE * residual + sum / 2 + ROUNDING * LARGEST_CODE * sum;
  return { codes, scale, error: Math.fround(error), coarse: coarseQuery(query, largest, sum) };
}

function coarseQuery(query: Float32Array, largest: number, sum: number): CoarseQuery {
  const step = Math.fround(Math.max(largest / LARGEST_QUERY_CODE, sum / LARGEST_COARSE_SUM));
  const codes = codesFor(query, step);
  let [length, residual, codeSum, codeSize] = [0, 0, 0, 0];
  query.forEach((value, i) => {
    const code = codes[i] ?? 0;
    length += value ** 2;
    residual += (value - step * code) ** 2;
    codeSum += code;
    codeSize += Math.abs(code);
  });
  const [norm, rest] = [Math.sqrt(length), Math.sqrt(residual)];
  const spread = (norm + rest) * (1 + COARSE_ROUNDING);
  return {
    codes,
    sum: codeSum,
    scale: 16 * step,
    centre: MIDDLE * step * codeSum,
    slack: COARSE_ROUNDING * 128 * step * codeSize,
    spread: Math.fround(spread),
    error: Math.fround(LONGEST * (rest + COARSE_ROUNDING * (norm + rest))),
  };
}

function codesFor(query: Float32Array, scale: number): Int16Array {
  // The float32 of the scale may be a little too small for the largest value.
  return Int16Array.from(query, (value) =>
    scale === 0 ? 0 : clamp(Math.round(value / scale), LARGEST_QUERY_CODE),
  );
}

const clamp = (value: number, limit: number) => Math.max(-limit, Math.min(limit, value));
