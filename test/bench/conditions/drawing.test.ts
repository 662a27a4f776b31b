/** What hides a face, and what darkens it. */
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { Random } from '../../support/random.ts';
import { type Cover, drawCover } from './covers.ts';
import { backlit, noisy, silhouette } from './exposure.ts';

const coordinate = fc.double({ min: 0, max: 1000, noNaN: true });

describe('what is drawn', () => {
  /** Renders at four pixels to one of the template. */
  const drawn = async (cover: Cover) => {
    const toPicture = { a: 4, b: 0, x: 100, y: 50 };
    const svg = drawCover(cover, toPicture, { width: 700, height: 700 });
    const { data, info } = await sharp(Buffer.from(svg))
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return ([u, v]: readonly [number, number]) =>
      data[((v * 4 + 50) * info.width + (u * 4 + 100)) * info.channels + 3]! === 255;
  };
  // Template positions: ArcFace's five points, rounded, and places of a face around them.
  const eyes = [
    [38, 52],
    [74, 52],
  ] as const;
  const nose = [56, 72] as const;
  const mouth = [
    [42, 92],
    [71, 92],
  ] as const;
  const [forehead, chin, cheek] = [[56, 25] as const, [56, 118] as const, [30, 76] as const];

  test('a mask hides nose, mouth and chin, and no eye', async () => {
    const hides = await drawn('mask');
    for (const place of [nose, ...mouth, chin, cheek]) expect(hides(place), `${place}`).toBe(true);
    for (const place of [...eyes, forehead]) expect(hides(place), `${place}`).toBe(false);
  });

  test('a bar and lenses hide the eyes, and nothing below', async () => {
    for (const cover of ['bar', 'lenses'] as const) {
      const hides = await drawn(cover);
      for (const place of eyes) expect(hides(place), `${place}`).toBe(true);
      for (const place of [nose, ...mouth, forehead, cheek]) {
        expect(hides(place), `${place}`).toBe(false);
      }
    }
    expect((await drawn('bar'))([56, 52])).toBe(true);
    expect((await drawn('lenses'))([56, 55])).toBe(false);
  });

  test('a cover turns with the face', () => {
    const svg = drawCover('bar', { a: 0, b: 2, x: 10, y: 20 }, { width: 30, height: 40 });
    // Right on the template is down in the picture, and down is left.
    expect(svg).toContain('matrix(0 2 -2 0 10 20)');
  });

  test('a person is head and shoulders, with a soft edge', () => {
    for (const [u, v] of [...eyes, nose, ...mouth, chin, [56, 0], [-30, 220]] as const) {
      expect(silhouette(u, v), `${u} ${v}`).toBe(1);
    }
    for (const [u, v] of [
      [-20, 40],
      [132, 40],
      [56, -30],
      [-60, 120],
    ] as const) {
      expect(silhouette(u, v), `${u} ${v}`).toBe(0);
    }
    fc.assert(
      fc.property(coordinate, coordinate, (u, v) => {
        expect(silhouette(56 - u, v)).toBeCloseTo(silhouette(56 + u, v), 9);
      }),
    );
  });

  test('only the person is darkened', () => {
    const grey = { data: new Uint8Array(200 * 200 * 3).fill(200), width: 200, height: 200 };
    const { data } = backlit(grey, { a: 1, b: 0, x: -44, y: -20 }, 0.1);
    expect(data[(92 * 200 + 100) * 3]).toBe(20);
    expect(data[(10 * 200 + 10) * 3 + 2]).toBe(200);
    expect(grey.data[(92 * 200 + 100) * 3]).toBe(200);
  });

  test('noise has the standard deviation asked for, and a seed repeats it', () => {
    const grey = { data: new Uint8Array(60_000).fill(128), width: 200, height: 100 };
    const { data } = noisy(grey, 10, new Random(1));
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
    // Five standard errors; rounding adds a twelfth to the variance.
    expect(Math.abs(mean - 128)).toBeLessThan((5 * 10) / Math.sqrt(data.length));
    expect(Math.abs(variance - 100 - 1 / 12)).toBeLessThan(5 * 100 * Math.sqrt(2 / data.length));
    expect(noisy(grey, 10, new Random(1)).data).toEqual(data);
    expect(noisy(grey, 10, new Random(2)).data).not.toEqual(data);
  });
});
