/**
 * Vectors as int8 codes with a scale each, `value ~ code * scale`, queries as int16 codes, and how far a
 * product of codes can be from that of the vectors.
 *
 * Symmetric quantisation per vector: the scale maps the largest magnitude to 127, each value to the
 * nearest code, so a value is off by at most half a scale. Let v be a vector of d dimensions with codes c and
 * scale s, and q a query with codes k and scale t, off by the residual f = q - t k.
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
 * |w| <= 1.001 + e holds always. At 512 dimensions e is near .1, the deviation of the cosine of strangers .044.
 *
 * **Whole codes.** As |x.y| <= |x|1 max|y| (Hoelder, with the exponents 1 and infinity),
 *
 *     q.v  =  s t (k.c)  +  s (f.c)  +  q.(v - s c)
 *
 *     |q.v - s t (k.c)|  <=  |f| |s c|  +  |q|1 s / 2  <=  s (|q|1 / 2 + 7.5 sqrt(d) |f|)  +  |f| e  +  1.001 |f|
 *
 * since no value of s c is further than 7.5 s from that of w.
 *
 * **Half of the lower halves.** Of the first dimensions (planes.ts) whole codes are known, c', of the others upper
 * halves: with x = (s c', w'') for what is known, and q = (q', q''), v = (v', v''), in the same way
 *
 *     q.v  =  t (k.x)  +  f.x  +  q'.(v' - s c')  +  q''.(v'' - w'')
 *
 *     |q.v - t (k.x)|  <=  s (|q'|1 / 2 + 7.5 sqrt(d') |f|)  +  (|q''| + |f|) e  +  1.001 |f|
 *
 * which is about .7 of what upper halves leave. Each of the bounds lets a search drop a vector by its codes without
 * ever dropping a true match.
 */
import { firstDimensions } from './planes.ts';

const LARGEST_CODE = 127;
const LARGEST_QUERY_CODE = 32_767;

/** The lower half of a code is as far from this as from the values at its ends. */
const MIDDLE = 7.5;

/** Longer than any vector of unit length in float32; what is longer has a larger error. */
const LONGEST = 1.001;

/**
 * So that no sum of products overflows int32: the kernel multiplies upper halves where they lie, and an int16 of
 * four of them is -32,768 at the least, so |k|1 is at most 65,535. As |k|1 <= |q|1 / t + d / 2, a t of at least
 * |q|1 / 60,000 keeps to that in 11,000 dimensions. Then |f| is about a fiftieth of e.
 */
const LARGEST_QUERY_SUM = 60_000;
export const LARGEST_KERNEL_DIMENSION = 11_000;

/**
 * Room for rounding: a scan computes bounds in float32. Products are off by four roundings of 2^-24 relative to
 * 136 t |k|1 s, and the sums with their errors by four relative to (|q| + |f|) (1.001 + e + 7.5 sqrt(d) s).
 */
const ROUNDING = 1e-6;

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
  /** Of the codes. */
  readonly sum: number;
  /** For the product of the codes with the upper halves of those of a vector. */
  readonly upper: Bound;
  /** For the product with whole codes of the first dimensions, and 16 times the upper halves of the others. */
  readonly mixed: Bound;
  /** For the product with whole codes. */
  readonly whole: Bound;
}

/**
 * What a product p of codes says of a vector with the scale s and the error e: the true product is
 * `(p * scale + centre) * s`, off by no more than `s * slack + e * spread + error`.
 */
export interface Bound {
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
  const rounding = (Math.sqrt(codes.length) / 2) * (1 + ROUNDING);
  return errorOf(scale * (Math.sqrt(distance) + rounding), scale * Math.sqrt(length));
}

const middleOf = (code: number) => 16 * (code >> 4) + MIDDLE;

/** A float32 that is no less. */
function errorOf(distance: number, length: number): number {
  return Math.fround(Math.max(distance, length - LONGEST) * (1 + 4 * HALF_STEP));
}

export function quantiseQuery(query: Float32Array): QuantisedQuery {
  let [largest, size] = [0, 0];
  for (const value of query) {
    largest = Math.max(largest, Math.abs(value));
    size += Math.abs(value);
  }
  const scale = Math.fround(Math.max(largest / LARGEST_QUERY_CODE, size / LARGEST_QUERY_SUM));
  // The float32 of the scale may be a little too small for the largest value.
  const codes = Int16Array.from(query, (value) =>
    scale === 0 ? 0 : clamp(Math.round(value / scale), LARGEST_QUERY_CODE),
  );
  const first = firstDimensions(query.length);
  let [squares, residuals, sum, codeSize] = [0, 0, 0, 0];
  let [firstSize, lastSquares, lastSum] = [0, 0, 0];
  query.forEach((value, i) => {
    const code = codes[i] ?? 0;
    squares += value ** 2;
    residuals += (value - scale * code) ** 2;
    sum += code;
    codeSize += Math.abs(code);
    if (i < first) {
      firstSize += Math.abs(value);
    } else {
      lastSquares += value ** 2;
      lastSum += code;
    }
  });
  const [norm, rest] = [Math.sqrt(squares), Math.sqrt(residuals)];
  const across = MIDDLE * Math.sqrt(query.length);
  const rounding = ROUNDING * (norm + rest);
  const productRounding = ROUNDING * 128 * scale * codeSize;
  const error = Math.fround(LONGEST * (rest + rounding));
  return {
    codes,
    sum,
    upper: {
      scale: 16 * scale,
      centre: MIDDLE * scale * sum,
      slack: productRounding,
      spread: Math.fround(norm + rest + rounding),
      error,
    },
    mixed: {
      scale,
      centre: MIDDLE * scale * lastSum,
      slack:
        (firstSize / 2 + MIDDLE * Math.sqrt(first) * rest) * (1 + ROUNDING) +
        productRounding +
        across * rounding,
      spread: Math.fround(Math.sqrt(lastSquares) + rest + rounding),
      error,
    },
    whole: {
      scale,
      centre: 0,
      slack: (size / 2 + across * rest) * (1 + ROUNDING) + productRounding + across * rounding,
      spread: Math.fround(rest + rounding),
      error,
    },
  };
}

const clamp = (value: number, limit: number) => Math.max(-limit, Math.min(limit, value));
