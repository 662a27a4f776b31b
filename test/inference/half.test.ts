/** Half precision, against the converter of the models, which is another implementation. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHalves, toHalves } from '../../layers/inference/half.ts';
import { fromHalf, toHalf } from '../../models/build/onnx/half.ts';

const bits = fc.integer({ min: 0, max: 0xffff });
const one = (value: number) => toHalves(Float32Array.of(value))[0]!;

describe('half precision', () => {
  it('has the values of the format, all 65,536 of them', () => {
    const all = Uint16Array.from({ length: 0x10000 }, (_, i) => i);
    const values = fromHalves(all);
    for (const pattern of all) expect(values[pattern]).toBe(Math.fround(fromHalf(pattern)));
  });

  it('keeps every value that it has', () => {
    fc.assert(
      fc.property(bits, (pattern) => {
        const value = fromHalf(pattern);
        fc.pre(Number.isFinite(value));
        expect(one(value)).toBe(toHalf(value));
      }),
    );
  });

  it('rounds to the nearest, ties to even', () => {
    fc.assert(
      fc.property(
        fc.float({ noNaN: true, noDefaultInfinity: true, min: -65_504, max: 65_504 }),
        (value) => {
          const rounded = fromHalf(one(value));
          for (const neighbour of [fromHalf(one(value) + 1), fromHalf(one(value) - 1)]) {
            if (!Number.isFinite(neighbour)) continue;
            expect(Math.abs(rounded - value)).toBeLessThanOrEqual(Math.abs(neighbour - value));
          }
        },
      ),
    );
    // Half way between 2048 and 2050, and between 2050 and 2052.
    expect(fromHalf(one(2049))).toBe(2048);
    expect(fromHalf(one(2051))).toBe(2052);
  });

  it('is infinite beyond its range, and no number for what is none', () => {
    expect(fromHalf(one(65_519))).toBe(65_504);
    expect(fromHalf(one(65_520))).toBe(Number.POSITIVE_INFINITY);
    expect(fromHalf(one(-1e9))).toBe(Number.NEGATIVE_INFINITY);
    expect(fromHalf(one(Number.NaN))).toBeNaN();
  });
});

it('numbers of an array type of their own are taken as they are', () => {
  expect([...fromHalves([0.5, -2])]).toEqual([0.5, -2]);
});
