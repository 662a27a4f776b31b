/** The fit of the tail, on numbers drawn from distributions whose tails are known. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { above, excessAt, fitTail, survival, TailError } from '../../../models/calibrate/tail.ts';
import { Random } from '../../support/random.ts';

describe('fitTail', () => {
  it.each([
    [-0.3, 0.08],
    [-0.1, 0.04],
    [0, 1],
    [0.2, 0.05],
  ])('finds shape %f and scale %f again', (shape, scale) => {
    const random = new Random(7).next;
    // By inversion: the excess that a uniform share of all reaches.
    const excesses = Array.from({ length: 20_000 }, () => {
      const share = 1 - random();
      return shape === 0 ? -scale * Math.log(share) : (scale * (share ** -shape - 1)) / shape;
    });
    const fit = fitTail(excesses);
    expect(fit.shape).toBeCloseTo(shape, 1);
    expect(Math.abs(fit.scale / scale - 1)).toBeLessThan(0.05);
  });

  it('goes on from one in a thousand of a normal distribution to one in ten million, within a factor of two', () => {
    const random = new Random(11).next;
    const draw = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const values = Array.from({ length: 2_000_000 }, draw);
    const threshold = 3.0902; // 1e-3 of a normal distribution are beyond
    const fit = fitTail(values.filter((v) => v >= threshold).map((v) => v - threshold));
    // 5.1993 is reached by 1e-7.
    const rate = 1e-3 * survival(fit, 5.1993 - threshold);
    expect(Math.abs(Math.log10(rate / 1e-7))).toBeLessThan(0.5);
  });

  it('refuses to guess from a handful', () => {
    expect(() => fitTail(Array.from({ length: 49 }, (_, i) => i + 1))).toThrow(TailError);
    expect(() => fitTail([0, 0, 0])).toThrow('Only 0 pairs');
  });
});

const tails = fc.record({
  shape: fc.double({ min: -0.5, max: 0.5, noNaN: true }),
  scale: fc.double({ min: 0.01, max: 1, noNaN: true }),
});
const share = fc.double({ min: 1e-4, max: 1, noNaN: true });

describe('a tail', () => {
  it('is inverted by excessAt', () => {
    fc.assert(
      fc.property(tails, share, (tail, part) => {
        expect(survival(tail, excessAt(tail, part)) / part).toBeCloseTo(1, 4);
      }),
    );
  });

  it('seen from higher up is the same tail', () => {
    fc.assert(
      fc.property(tails, share, share, (tail, first, second) => {
        const excess = excessAt(tail, first);
        const rest = survival(above(tail, excess), excessAt(tail, first * second) - excess);
        expect(rest / second).toBeCloseTo(1, 3);
      }),
    );
  });
});
