/** Tiles of strips: they cover the picture, and whatever is no longer than its short side is whole in one. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_TILES, tilesOf } from '../../../layers/inference/decoding/tiles.ts';

const sides = fc.integer({ min: 1, max: 70_000 });

test('a picture that is no strip is looked at whole', () => {
  for (const [width, height] of [
    [640, 480],
    [300, 900],
    [4096, 1366],
    [80, 80],
  ] as const) {
    expect(tilesOf(width, height)).toEqual([{ left: 0, top: 0, width, height }]);
  }
});

test('a strip is looked at in tiles twice as long as high', () => {
  expect(tilesOf(1500, 300)).toEqual([
    { left: 0, top: 0, width: 600, height: 300 },
    { left: 300, top: 0, width: 600, height: 300 },
    { left: 600, top: 0, width: 600, height: 300 },
    { left: 900, top: 0, width: 600, height: 300 },
  ]);
  expect(tilesOf(20_000, 300)).toHaveLength(66);
});

test('standing strips are tiled as lying ones', () => {
  fc.assert(
    fc.property(sides, sides, (width, height) => {
      fc.pre(width !== height);
      const turned = tilesOf(height, width).map(({ left, top, width: w, height: h }) => ({
        left: top,
        top: left,
        width: h,
        height: w,
      }));
      expect(tilesOf(width, height)).toEqual(turned);
    }),
  );
});

describe('of any size', () => {
  test('tiles cover the picture, lie within it, and are few', () => {
    fc.assert(
      fc.property(sides, sides, (width, height) => {
        const tiles = tilesOf(width, height);
        expect(tiles.length).toBeLessThanOrEqual(MAX_TILES);
        let covered = 0;
        for (const tile of tiles) {
          const [start, length, across] =
            width > height
              ? [tile.left, tile.width, tile.height]
              : [tile.top, tile.height, tile.width];
          expect(across).toBe(Math.min(width, height));
          expect(start).toBeLessThanOrEqual(covered);
          covered = start + length;
        }
        expect(covered).toBe(Math.max(width, height));
      }),
    );
  });

  test('neighbours overlap by at least the short side', () => {
    fc.assert(
      fc.property(sides, fc.integer({ min: 1, max: 5000 }), (long, short) => {
        fc.pre(long > 3 * short);
        const tiles = tilesOf(long, short);
        expect(tiles.length).toBeGreaterThan(1);
        tiles.slice(1).forEach(({ left }, i) => {
          expect(tiles[i]!.left + tiles[i]!.width - left).toBeGreaterThanOrEqual(short);
        });
      }),
    );
  });
});
