/** Every condition makes the same copy again, and says where in it the face is. */
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { DetectedFace } from '../../../layers/inference/index.ts';
import { CONDITIONS, type Photograph } from './catalogue.ts';
import { IN_PLACE, placed } from './placement.ts';

describe('the catalogue', () => {
  /** Grey, with a white patch where the face is; its mesh puts every vertex into the template's places. */
  const photograph = (): Photograph => {
    const [width, height] = [240, 200];
    const data = new Uint8Array(width * height * 3).fill(90);
    for (let y = 70; y < 90; y++) data.fill(255, (y * width + 60) * 3, (y * width + 80) * 3);
    const mesh = new Float32Array(478 * 3);
    const put = (vertices: readonly number[], x: number, y: number) => {
      for (const vertex of vertices) mesh.set([x / width, y / height, 0], vertex * 3);
    };
    put([33, 133, 159, 145], 63, 74);
    put([263, 362, 386, 374], 77, 74);
    put([1], 70, 82);
    put([61], 64, 90);
    put([291], 76, 90);
    const box = { left: 60 / 240, top: 70 / 200, width: 20 / 240, height: 20 / 200 };
    return { name: 'a', pixels: { data, width, height }, face: { box, mesh } as DetectedFace };
  };

  test('has every condition once', () => {
    const names = CONDITIONS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const rolls = CONDITIONS.filter(({ group }) => group === 'roll');
    expect(rolls.map(({ name }) => name)).toEqual(
      Array.from({ length: 23 }, (_, i) => `roll ${15 * (i + 1)}`),
    );
  });

  /** Those in which the patch is still the brightest place. */
  const bright = CONDITIONS.filter(
    ({ group, name }) => !['mask', 'bar', 'lenses'].includes(group) && !name.startsWith('person'),
  );
  test.each(bright)('$name shows the face where it says, and the same again', async (one) => {
    const { bytes, placement } = await one.make(photograph());
    const again = await one.make(photograph());
    expect(Buffer.from(again.bytes).equals(bytes)).toBe(true);

    const { data, info } = await sharp(bytes)
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(Math.min(info.width, info.height)).toBeGreaterThanOrEqual(80);
    const { centre, side } = placed({ centre: { x: 70, y: 80 }, side: 20, roll: 0 }, placement);
    // The brightest place of the copy, blurred as much as the patch is large.
    const radius = Math.max(1, Math.round(side / 4));
    let [best, sumX, sumY, count] = [0, 0, 0, 0];
    const mean = (x: number, y: number) => {
      let sum = 0;
      for (let j = -radius; j <= radius; j++) {
        for (let i = -radius; i <= radius; i++) sum += data[(y + j) * info.width + x + i]!;
      }
      return sum;
    };
    for (let y = radius; y < info.height - radius; y++) {
      for (let x = radius; x < info.width - radius; x++) {
        const value = mean(x, y);
        if (value > best) [best, sumX, sumY, count] = [value, 0, 0, 0];
        if (value === best) [sumX, sumY, count] = [sumX + x + 0.5, sumY + y + 0.5, count + 1];
      }
    }
    expect(Math.abs(sumX / count - centre.x)).toBeLessThan(Math.max(1, side / 4));
    expect(Math.abs(sumY / count - centre.y)).toBeLessThan(Math.max(1, side / 4));
  });

  test('small faces have the size that is named', async () => {
    const sized = CONDITIONS.filter(({ group }) => group === 'size');
    for (const one of sized) {
      const { placement } = await one.make(photograph());
      const { side } = placed({ centre: { x: 70, y: 80 }, side: 20, roll: 0 }, placement);
      expect(one.name).toBe(`face of ${Math.round(side)} px`);
    }
  });

  test('what is in place is where it was', () => {
    const face = { centre: { x: 3, y: 4 }, side: 2, roll: 1 };
    expect(placed(face, IN_PLACE)).toEqual(face);
  });
});
