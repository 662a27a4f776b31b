/** How large pictures are kept: ordinary ones as ever, strips by area, none beyond 50 MB. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shrinkOf } from '../../../layers/inference/decoding/working-size.ts';

test.each([
  [4096, 3072, 1],
  [4097, 3072, 2],
  [8192, 6144, 2],
  [8193, 6144, 4],
  [9984, 9984, 4],
  [3000, 9000, 4],
])('%ix%i is divided by %i, by its long side', (width, height, shrink) => {
  expect(shrinkOf(width, height)).toBe(shrink);
});

test.each([
  [20_000, 300, 1],
  [300, 20_000, 1],
  [12_800, 1300, 1],
  [20_000, 1000, 2],
  [65_500, 1500, 4],
])('%ix%i is divided by %i, by its area', (width, height, shrink) => {
  expect(shrinkOf(width, height)).toBe(shrink);
});

test('whatever its shape, a picture keeps at most the pixels of a square of 4096, and what it can', () => {
  const sides = fc.integer({ min: 80, max: 1_000_000 });
  fc.assert(
    fc.property(sides, sides, (width, height) => {
      const shrink = shrinkOf(width, height);
      expect(Math.log2(shrink) % 1).toBe(0);
      expect((width / shrink) * (height / shrink)).toBeLessThanOrEqual(4096 ** 2);
      // A quarter of that or of its pixels is left to see: half of 4096 by a third of it at worst.
      expect((width / shrink) * (height / shrink)).toBeGreaterThan(
        Math.min(width * height - 1, 2048 * 682),
      );
    }),
  );
});
