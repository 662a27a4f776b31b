/** Half precision against the definition of IEEE 754 binary16. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactHalves, fromHalf, toHalf } from '../../../models/build/onnx/half.ts';

// Published examples: https://en.wikipedia.org/wiki/Half-precision_floating-point_format
const EXAMPLES: [bits: number, value: number][] = [
  [0x0000, 0],
  [0x0001, 2 ** -24],
  [0x03ff, 2 ** -14 * (1023 / 1024)],
  [0x0400, 2 ** -14],
  [0x3555, 0.333251953125],
  [0x3bff, 1 - 2 ** -11],
  [0x3c00, 1],
  [0x3c01, 1 + 2 ** -10],
  [0x7bff, 65504],
  [0xc000, -2],
];

describe('half precision', () => {
  it.each(EXAMPLES)('maps pattern %i and %f to each other', (bits, value) => {
    expect(fromHalf(bits)).toBe(value);
    expect(toHalf(value)).toBe(bits);
  });

  it('knows infinity and not-a-number', () => {
    expect(fromHalf(0x7c00)).toBe(Number.POSITIVE_INFINITY);
    expect(fromHalf(0xfc00)).toBe(Number.NEGATIVE_INFINITY);
    expect(fromHalf(0x7e00)).toBeNaN();
  });

  it('takes every finite pattern there and back', () => {
    const finite = Array.from({ length: 0x10000 }, (_, bits) => bits).filter(
      (bits) => (bits & 0x7c00) !== 0x7c00,
    );
    expect(finite.map((bits) => toHalf(fromHalf(bits)))).toEqual(finite);
  });

  it('never rounds', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        const bits = toHalf(value);
        return bits === undefined || Object.is(fromHalf(bits), value);
      }),
    );
    for (const value of [0.1, 1 / 3, 1 + 2 ** -11, 65505, 65536, 2 ** -25, 1.5 * 2 ** -24]) {
      expect(toHalf(value)).toBeUndefined();
    }
  });

  it('gives bytes only for values that all survive', () => {
    expect(exactHalves(Float32Array.of(1, -2))).toEqual(Uint8Array.of(0x00, 0x3c, 0x00, 0xc0));
    expect(exactHalves(Float32Array.of(1, 0.1))).toBeUndefined();
  });
});
