/** Tiles of strips: they cover the picture, and whatever is no longer than its short side is whole in one. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cut, fromTile, MAX_TILES, tilesOf } from '../../../layers/inference/decoding/tiles.ts';

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

describe('what is seen in a tile', () => {
  const strips = fc
    .tuple(fc.integer({ min: 100, max: 20_000 }), fc.integer({ min: 10, max: 5000 }), fc.boolean())
    .filter(([long, short]) => long > 3 * short)
    .map(([long, short, lying]) => (lying ? [long, short] : [short, long]) as [number, number]);

  test('is told of the picture, once or twice, wherever it is', () => {
    const ratio = fc.double({ min: 0, max: 1, noNaN: true });
    const size = fc.double({ min: 0.05, max: 1, noNaN: true });
    fc.assert(
      fc.property(strips, ratio, ratio, size, ([width, height], x, y, part) => {
        const side = Math.min(width, height) * part;
        const seen = { left: x * (width - side), top: y * (height - side), side };
        const tiles = tilesOf(width, height).filter(
          ({ left, top, width: w, height: h }) =>
            seen.left >= left - 1e-9 &&
            seen.top >= top - 1e-9 &&
            seen.left + side <= left + w + 1e-9 &&
            seen.top + side <= top + h + 1e-9,
        );
        const told = tiles.flatMap((tile) => {
          const box = {
            left: (seen.left - tile.left) / tile.width,
            top: (seen.top - tile.top) / tile.height,
            width: side / tile.width,
            height: side / tile.height,
          };
          return fromTile(box, tile, { width, height }) ?? [];
        });
        expect(told.length).toBeGreaterThanOrEqual(1);
        expect(told.length).toBeLessThanOrEqual(2);
        for (const { left, top } of told) {
          expect(left * width).toBeCloseTo(seen.left, 5);
          expect(top * height).toBeCloseTo(seen.top, 5);
        }
      }),
    );
  });

  test('is what the picture shows there', () => {
    const [width, height] = [40, 10];
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => i % 251);
    for (const tile of tilesOf(width, height)) {
      const part = cut({ data, width, height }, tile);
      expect([part.width, part.height]).toEqual([tile.width, tile.height]);
      for (let y = 0; y < part.height; y++) {
        for (let x = 0; x < part.width * 3; x++) {
          const there = ((tile.top + y) * width + tile.left) * 3 + x;
          expect(part.data[y * part.width * 3 + x]).toBe(data[there]);
        }
      }
    }
  });
});
