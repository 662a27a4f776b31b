/** The kernel against the plain implementation, bit for bit, and what it may read. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kernelWith } from '../../layers/inference/kernel/instance.ts';
import { planes, sample } from '../../layers/inference/kernel/kernel.ts';
import { planesPlain, samplePlain } from '../../layers/inference/kernel/plain.ts';
import type { Pixels } from '../../layers/inference/pixels.ts';
import { Random } from '../support/random.ts';

function picture(seed: number, width: number, height: number): Pixels {
  const random = new Random(seed);
  const data = Uint8Array.from({ length: width * height * 3 }, () => random.below(256));
  return { data, width, height };
}

const length = fc.integer({ min: 1, max: 40 });
const pictures = fc.tuple(fc.integer(), length, length).map((shape) => picture(...shape));
const place = fc.double({ min: -60, max: 60, noNaN: true });
const squares = fc.record({
  toSource: fc
    .record({
      scale: fc.double({ min: 0.01, max: 12, noNaN: true }),
      angle: fc.double({ min: -Math.PI, max: Math.PI, noNaN: true }),
      x: place,
      y: place,
    })
    .map(({ scale, angle, x, y }) => ({
      a: scale * Math.cos(angle),
      b: scale * Math.sin(angle),
      x,
      y,
    })),
  side: fc.integer({ min: 1, max: 12 }),
  samples: fc.integer({ min: 1, max: 4 }),
  gain: fc.oneof(fc.constant(1), fc.double({ min: 1, max: 40, noNaN: true })),
  divisor: fc.constantFrom(1, 255),
});

it('runs on this machine', () => {
  expect(kernelWith(1)).toBeDefined();
});

describe('sample', () => {
  it('gives the bits of the plain one, inside, at the edges and outside', () => {
    fc.assert(
      fc.property(pictures, squares, (pixels, square) => {
        const values = square.side * square.side * 3;
        const [fast, plain] = [new Float32Array(values).fill(7), new Float32Array(values)];
        sample(pixels, square, fast);
        samplePlain(pixels, square, plain);
        expect(fast).toEqual(plain);
      }),
      { numRuns: 500 },
    );
  });

  it('gives the bits of the plain one on pixel borders and one beyond', () => {
    const pixels = picture(1, 9, 7);
    for (const x of [-2, -1, -0.5, 0, 0.5, 1, 7.5, 8, 8.5, 9, 10, 1e9, -1e9]) {
      for (const [a, b] of [[1, 0] as const, [0, 1] as const, [-1, 0] as const]) {
        const square = { toSource: { a, b, x, y: x }, side: 4, samples: 1, gain: 1, divisor: 1 };
        const [fast, plain] = [new Float32Array(48), new Float32Array(48)];
        sample(pixels, square, fast);
        samplePlain(pixels, square, plain);
        expect(fast).toEqual(plain);
      }
    }
  });

  it('gives the bits of the plain one in pictures wider than positions of 32 bits', () => {
    const pixels = picture(3, 131_100, 5);
    for (const x of [1, 99_990, 99_999, 100_001, 131_060, 131_072, 131_095]) {
      const square = {
        toSource: { a: 0.7, b: 0.1, x, y: 2 },
        side: 5,
        samples: 2,
        gain: 1,
        divisor: 1,
      };
      const [fast, plain] = [new Float32Array(75), new Float32Array(75)];
      sample(pixels, square, fast);
      samplePlain(pixels, square, plain);
      expect(fast).toEqual(plain);
      expect(plain.some((value) => value > 0)).toBe(true);
    }
  });

  it('lets a place that is no number give no numbers, whatever was there before', () => {
    const toSource = { a: Number.NaN, b: 0, x: 0, y: 0 };
    const square = { toSource, side: 2, samples: 1, gain: 1, divisor: 1 };
    const values = new Float32Array(12);
    sample(picture(2, 9, 7), square, values);
    expect([...values].every(Number.isNaN)).toBe(true);
  });

  it('takes pictures that are larger than what it keeps', () => {
    const pixels = { data: new Uint8Array(3000 * 2500 * 3).fill(9), width: 3000, height: 2500 };
    const toSource = { a: 500, b: 0, x: 0, y: 0 };
    const values = new Float32Array(75);
    sample(pixels, { toSource, side: 5, samples: 4, gain: 2, divisor: 1 }, values);
    expect([...values]).toEqual(Array(75).fill(18));
    expect(kernelWith(1)?.buffer.byteLength).toBeLessThan(17 * 1024 * 1024);
  });
});

describe('planes', () => {
  it('gives the bits of the plain one, and nothing around the picture', () => {
    fc.assert(
      fc.property(
        pictures,
        fc.nat(5),
        fc.nat(9),
        fc.constantFrom(0, 127, 127.5),
        (pixels, margin, more, mean) => {
          const width = pixels.width + 2 * margin + more;
          const height = pixels.height + 2 * margin;
          const canvas = { width, height, margin, mean, factor: 1 / 128 };
          const values = 3 * width * height;
          const [fast, plain] = [
            new Float32Array(values).fill(7),
            new Float32Array(values).fill(3),
          ];
          planes(pixels, canvas, fast);
          planesPlain(pixels, canvas, plain);
          expect(fast).toEqual(plain);
        },
      ),
      { numRuns: 200 },
    );
  });
});
