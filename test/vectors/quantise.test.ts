/** The bound that exact search rests on: |q.v - scale (q.code)| <= scale * errorPerScale(q). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorPerScale, quantise } from '../../layers/vectors/quantise.ts';
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
          const estimate = scale * product(q, Float32Array.from(codes));
          const error = Math.abs(product(q, vector) - estimate);
          expect(error).toBeLessThanOrEqual(scale * errorPerScale(q));
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
