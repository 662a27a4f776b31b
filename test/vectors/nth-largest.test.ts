/** Finding the n-th largest, against sorting. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nthLargest } from '../../layers/vectors/nth-largest.ts';

const value = fc.oneof(
  fc.double({ noNaN: true }),
  fc.constantFrom(0, 1, 2, Number.NEGATIVE_INFINITY),
);

describe('nthLargest', () => {
  it('is what stands there when all are sorted', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 200 }), fc.nat(), (values, seed) => {
        const n = 1 + (seed % values.length);
        const sorted = [...values].sort((a, b) => b - a);
        // Zero and minus zero are as large as each other.
        expect(nthLargest(Float64Array.from(values), n) === sorted[n - 1]).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('is less than everything where there are fewer', () => {
    expect(nthLargest(Float64Array.of(1, 2), 3)).toBe(Number.NEGATIVE_INFINITY);
    expect(nthLargest(new Float64Array(), 1)).toBe(Number.NEGATIVE_INFINITY);
  });
});
