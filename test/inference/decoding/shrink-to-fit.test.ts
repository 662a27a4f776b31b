/** Photographs made to fit: the same view, no larger than wanted, refused where the service would refuse. */
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { readPicture } from '../../../layers/inference/decoding/picture.ts';
import { shrinkToFit } from '../../../layers/inference/decoding/shrink-to-fit.ts';
import {
  ImageFormatError,
  ImageTooLargeError,
  ImageTooSmallError,
} from '../../../layers/inference/index.ts';
import { SAMPLES } from '../samples.ts';
import { png } from './files.ts';

let photograph: Buffer;

beforeAll(async () => {
  photograph = await sharp(SAMPLES[2])
    .resize(1600)
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 98 })
    .toBuffer();
});

const fitted = (bytes: Uint8Array, maxBytes: number) => shrinkToFit(bytes, maxBytes, 1);
const read = (bytes: Uint8Array) => readPicture(bytes, 1);

test('what fits is returned as it is', async () => {
  expect(await fitted(photograph, photograph.length)).toBe(photograph);
  const text = Buffer.from('no picture');
  expect(await fitted(text, text.length)).toBe(text);
});

describe('what does not', () => {
  test.each([1.1, 2, 5, 20, 50])('fits after it was made %f times smaller', async (times) => {
    const maxBytes = Math.floor(photograph.length / times);
    const fitting = await fitted(photograph, maxBytes);
    expect(fitting.length).toBeLessThanOrEqual(maxBytes);
    // Not far smaller than asked for: a step takes away a third, or with the sides three quarters.
    expect(fitting.length).toBeGreaterThan(maxBytes / 5);
    await expectSameView(fitting, photograph);
  });

  test('is upright, without saying so', async () => {
    const original = await read(photograph);
    const fitting = await fitted(photograph, Math.floor(photograph.length / 2));
    expect(await sharp(fitting).metadata()).toMatchObject({
      width: original.width,
      height: original.height,
    });
    expect((await sharp(fitting).metadata()).orientation).toBeUndefined();
  });

  test('always gives the same bytes', async () => {
    const [a, b] = [await fitted(photograph, 100_000), await fitted(photograph, 100_000)];
    expect(Buffer.compare(a, b)).toBe(0);
  });

  test('is as large as the service would look at it', async () => {
    const large = await sharp(SAMPLES[2]).resize(4500, 1800, { fit: 'cover' }).png().toBuffer();
    const { pixels } = await read(large);
    const fitting = await fitted(large, large.length - 1);
    expect(await sharp(fitting).metadata()).toMatchObject({
      width: pixels.width,
      height: pixels.height,
    });
  });
});

describe('what the service refuses is refused', () => {
  test.each([
    ['no picture', Buffer.from('no picture, though it is long'), ImageFormatError],
    ['too small', png({ width: 79, height: 500 }, 79 * 501 * 3), ImageTooSmallError],
    ['too large', png({ width: 50_000, height: 50_000 }, 1), ImageTooLargeError],
  ])('%s', async (_, bytes, error) => {
    await expect(fitted(bytes, 10)).rejects.toThrow(error);
  });

  test('and what is too long for a JPEG of the least height', async () => {
    const [width, height] = [70_000, 100];
    const strip = png({ width, height }, (width * 3 + 1) * height);
    await expect(fitted(strip, strip.length - 1)).rejects.toThrow(ImageTooLargeError);
  });

  test('and what cannot be made small enough', async () => {
    await expect(fitted(photograph, 500)).rejects.toThrow(ImageTooLargeError);
  });
});

/** The mean difference of two small versions is what quality 70 costs, not that of another view. */
async function expectSameView(a: Uint8Array, b: Uint8Array): Promise<void> {
  const small = async (bytes: Uint8Array) => {
    const { data, width, height } = (await read(bytes)).pixels;
    return sharp(data, { raw: { width, height, channels: 3 } })
      .resize(60, 80, { fit: 'fill' })
      .raw()
      .toBuffer();
  };
  const [x, y] = [await small(a), await small(b)];
  expect(x.reduce((sum, value, i) => sum + Math.abs(value - y[i]!), 0) / x.length).toBeLessThan(4);
}
