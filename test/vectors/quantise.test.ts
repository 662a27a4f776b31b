/**
 * The bounds that exact search rests on, by whole codes, by their upper halves alone and by whole codes of half the
 * dimensions, against products in double precision.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Bound,
  errorOfCodes,
  LARGEST_KERNEL_DIMENSION,
  type Quantised,
  quantise,
  quantiseQuery,
} from '../../layers/vectors/quantise.ts';
import { Random } from '../support/random.ts';
import { product, unitVector } from './arbitraries.ts';

const DIMENSION = 24;

describe('quantise', () => {
  it('uses the whole range of codes', () => {
    fc.assert(
      fc.property(unitVector(DIMENSION), (vector) => {
        const codes = new Int8Array(DIMENSION);
        quantise(vector, codes);
        expect(Math.max(...codes.map(Math.abs))).toBe(127);
      }),
    );
  });

  it('gives each value its nearest code', () => {
    const codes = new Int8Array(3);
    quantise(Float32Array.of(0, 0.6, -0.8), codes);
    expect([...codes]).toEqual([0, 95, -127]);
  });

  it('makes zeros of a vector of zeros', () => {
    const codes = new Int8Array(3).fill(5);
    expect(quantise(new Float32Array(3), codes)).toEqual({ scale: 0, error: 0 });
    expect([...codes]).toEqual([0, 0, 0]);
  });
});

/** The middle of what the lower halves may be, in units of the scale. */
const middles = (codes: Int8Array) => Array.from(codes, (code) => 16 * Math.floor(code / 16) + 7.5);

/** Of the first dimensions codes are whole, of the others upper halves times 16. */
const mixedFrom = (dimension: number) => 32 * Math.floor(Math.ceil(dimension / 32) / 2);

/** The product with the codes of a query, of what is known of codes, and half the width of its interval. */
function estimate(
  codes: Int8Array,
  { scale, error }: Quantised,
  query: Float32Array,
  part: 'upper' | 'mixed' | 'whole',
) {
  const quantised = quantiseQuery(query);
  const bound: Bound = quantised[part];
  const dot = codes.reduce((sum, code, i) => {
    const half = Math.floor(code / 16);
    const isWhole = part === 'whole' || i < mixedFrom(codes.length);
    const value = part === 'upper' ? half : isWhole ? code : 16 * half;
    return sum + value * (quantised.codes[i] ?? Number.NaN);
  }, 0);
  return {
    product: scale * (dot * bound.scale + bound.centre),
    width: scale * bound.slack + error * bound.spread + bound.error,
  };
}

/** The query that makes most of the errors of whole codes: it has the sign of each. */
function alongSigns(vector: Float32Array, codes: Int8Array, { scale }: Quantised): Float32Array {
  const size = 1 / Math.sqrt(vector.length);
  return vector.map((value, i) => (value >= (codes[i] ?? 0) * scale ? size : -size));
}

describe('the bounds', () => {
  /** A query along the error itself, which makes the inequality of Cauchy and Schwarz an equality. */
  const alongError = (vector: Float32Array, codes: Int8Array, { scale }: Quantised) => {
    const distances = middles(codes).map((middle, i) => (vector[i] ?? 0) - scale * middle);
    const length = Math.hypot(...distances);
    return Float32Array.from(distances, (distance) => (length === 0 ? 0 : distance / length));
  };

  it('are never broken, not even by a query along the error, nor by vectors that are too long', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }).chain((n) => fc.tuple(unitVector(n), unitVector(n))),
        fc.constantFrom(1, 1, 1, 1e-6, 3, 1000),
        ([unit, other], length) => {
          const vector = unit.map((value) => value * length);
          const codes = new Int8Array(vector.length);
          const quantised = quantise(vector, codes);
          const known = { ...quantised, error: errorOfCodes(codes, quantised.scale) };
          const queries = [
            other,
            vector,
            alongError(vector, codes, quantised),
            alongSigns(vector, codes, quantised),
          ];
          for (const query of queries) {
            for (const part of ['upper', 'mixed', 'whole'] as const) {
              for (const one of [quantised, known]) {
                const { product: about, width } = estimate(codes, one, query, part);
                expect(Math.abs(product(query, vector) - about)).toBeLessThanOrEqual(width);
              }
            }
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('are tight: nothing much smaller would do for a query along the error', () => {
    const random = new Random(1);
    for (const dimension of [64, 192, 512, 1024]) {
      const vector = random.unitVector(dimension);
      const codes = new Int8Array(dimension);
      const quantised = quantise(vector, codes);
      const query = alongError(vector, codes, quantised);
      const { product: about, width } = estimate(codes, quantised, query, 'upper');
      expect(Math.abs(product(query, vector) - about)).toBeGreaterThan(0.93 * width);
      // Half of the dimensions have half of the squares.
      const mixed = estimate(codes, quantised, random.unitVector(dimension), 'mixed');
      expect(mixed.width).toBeLessThan(0.85 * width);
      // Whole codes have a sixteenth of the error; the query adds to it.
      const whole = estimate(codes, quantised, random.unitVector(dimension), 'whole');
      expect(whole.width).toBeLessThan(0.2 * width);
      // The error of a code of four bits that is uniform has a deviation of 16 / sqrt(12) scales.
      const uniform = (16 / Math.sqrt(12)) * quantised.scale * Math.sqrt(dimension);
      expect(quantised.error / uniform).toBeGreaterThan(0.85);
      expect(quantised.error / uniform).toBeLessThan(1.15);
    }
  });

  it('takes the error of codes alone for somewhat larger, never smaller', () => {
    fc.assert(
      fc.property(unitVector(DIMENSION), (vector) => {
        const codes = new Int8Array(DIMENSION);
        const { scale, error } = quantise(vector, codes);
        const known = errorOfCodes(codes, scale);
        expect(known).toBeGreaterThanOrEqual(error * (1 - 1e-6));
        expect(known).toBeLessThanOrEqual(error + scale * Math.sqrt(DIMENSION) * 1.001);
      }),
    );
  });
});

describe('quantiseQuery', () => {
  it('keeps every sum of products within int32', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.integer({ min: 1, max: 600 }).chain(unitVector),
          fc.integer({ min: 1, max: 24_000 }).map((n) => new Float32Array(n).fill(n ** -0.5)),
        ),
        (query) => {
          const { codes } = quantiseQuery(query);
          if (query.length > LARGEST_KERNEL_DIMENSION) return;
          const size = codes.reduce((sum, code) => sum + Math.abs(code), 0);
          expect(32_768 * size).toBeLessThan(2 ** 31);
        },
      ),
    );
  });

  it('makes zeros of a query of zeros', () => {
    const zeros = { scale: 0, centre: 0, slack: 0, spread: 0, error: 0 };
    expect(quantiseQuery(new Float32Array(2))).toEqual({
      codes: Int16Array.of(0, 0),
      sum: 0,
      upper: zeros,
      mixed: zeros,
      whole: zeros,
    });
  });
});
