/** The bound that exact search rests on: |q.v - s t (k.c)| <= s * error, with query codes k and their scale t. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantise, quantiseQuery } from '../../layers/vectors/quantise.ts';
import { product, unitVector } from './arbitraries.ts';

const DIMENSION = 24;

/** The query that makes most of the errors: it has the sign of each. */
function worstQuery(vector: Float32Array, codes: Int8Array, scale: number): Float32Array {
  const size = 1 / Math.sqrt(vector.length);
  return vector.map((value, i) => (value >= (codes[i] ?? 0) * scale ? size : -size));
}

describe('quantise', () => {
  it('never breaks its bound, not even for the worst query', () => {
    fc.assert(
      fc.property(unitVector(DIMENSION), unitVector(DIMENSION), (vector, query) => {
        const codes = new Int8Array(DIMENSION);
        const scale = quantise(vector, codes, 0);
        for (const q of [query, worstQuery(vector, codes, scale)]) {
          const quantised = quantiseQuery(q);
          const dot = product(Float32Array.from(quantised.codes), Float32Array.from(codes));
          const error = Math.abs(product(q, vector) - scale * quantised.scale * dot);
          expect(error).toBeLessThanOrEqual(scale * quantised.error);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('uses the whole range of codes', () => {
    fc.assert(
      fc.property(unitVector(DIMENSION), (vector) => {
        const codes = new Int8Array(DIMENSION);
        quantise(vector, codes, 0);
        expect(Math.max(...codes.map(Math.abs))).toBe(127);
      }),
    );
  });

  it('keeps to its part of the codes', () => {
    const codes = new Int8Array(9).fill(99);
    quantise(Float32Array.of(0, 0.6, -0.8), codes, 3);
    expect([...codes]).toEqual([99, 99, 99, 0, 95, -127, 99, 99, 99]);
  });

  it('makes zeros of a vector of zeros', () => {
    const codes = new Int8Array(3).fill(5);
    expect(quantise(new Float32Array(3), codes, 0)).toBe(0);
    expect([...codes]).toEqual([0, 0, 0]);
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
          expect(128 * codes.reduce((sum, code) => sum + Math.abs(code), 0)).toBeLessThan(2 ** 31);
        },
      ),
    );
  });

  it('adds little to the error of the codes', () => {
    fc.assert(
      fc.property(unitVector(192), (query) => {
        const sum = query.reduce((total, value) => total + Math.abs(value), 0);
        const { error } = quantiseQuery(query);
        expect(error).toBeGreaterThanOrEqual(sum / 2);
        // 127 times half a step, of which the largest value has 32,767, in each dimension.
        expect(error).toBeLessThanOrEqual((sum / 2) * 1.003 + (127 * 192) / 2 / 32_767);
      }),
    );
  });

  it('makes zeros of a query of zeros', () => {
    expect(quantiseQuery(new Float32Array(2))).toEqual({
      codes: Int16Array.of(0, 0),
      scale: 0,
      error: 0,
    });
  });
});
