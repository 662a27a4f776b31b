/** Decoding: everything a JPEG or PNG can be, and everything else, which must be refused by type. */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Picture, readPicture } from '../../../layers/inference/decoding/picture.ts';
import { ImageFormatError } from '../../../layers/inference/index.ts';
import type { Pixels } from '../../../layers/inference/pixels.ts';
import { SAMPLES } from '../samples.ts';

const WIDTH = 160;
const HEIGHT = 100;

/** Part of a photograph, with colour and detail. */
let upright: Pixels;

beforeAll(async () => {
  const data = await sharp(SAMPLES[2])
    .resize({ width: WIDTH, height: HEIGHT, fit: 'cover' })
    .raw()
    .toBuffer();
  upright = { data, width: WIDTH, height: HEIGHT };
});

const read = (bytes: Uint8Array): Promise<Picture> => readPicture(bytes, 1);
const image = ({ data, width, height }: Pixels) =>
  sharp(data, { raw: { width, height, channels: 3 } });
const jpeg = (pixels: Pixels) => image(pixels).jpeg({ quality: 100, chromaSubsampling: '4:4:4' });

describe('EXIF orientation', () => {
  // Where the stored pixel (column, row) of an upright w x h picture comes from, by orientation.
  type From = (column: number, row: number) => [number, number];
  const [right, bottom] = [WIDTH - 1, HEIGHT - 1];
  const stored: [number, boolean, From][] = [
    [1, false, (c, r) => [c, r]],
    [2, false, (c, r) => [right - c, r]],
    [3, false, (c, r) => [right - c, bottom - r]],
    [4, false, (c, r) => [c, bottom - r]],
    [5, true, (c, r) => [r, c]],
    [6, true, (c, r) => [right - r, c]],
    [7, true, (c, r) => [right - r, bottom - c]],
    [8, true, (c, r) => [r, bottom - c]],
  ];

  test.each(stored)('%i comes out upright', async (orientation, transposed, from) => {
    const [width, height] = transposed ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT];
    const data = new Uint8Array(width * height * 3);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const [x, y] = from(column, row);
        const at = (y * WIDTH + x) * 3;
        data.set(upright.data.subarray(at, at + 3), (row * width + column) * 3);
      }
    }
    const bytes = await jpeg({ data, width, height }).withMetadata({ orientation }).toBuffer();
    const picture = await read(bytes);
    expect(picture).toMatchObject({ width: WIDTH, height: HEIGHT });
    expect(difference(picture.pixels, upright)).toBeLessThan(2);
  });

  test('is ignored in PNG', async () => {
    const bytes = await image(upright).withMetadata({ orientation: 6 }).png().toBuffer();
    expect((await sharp(bytes).metadata()).orientation).toBe(6);
    const picture = await read(bytes);
    expect(picture).toMatchObject({ width: WIDTH, height: HEIGHT });
    expect(difference(picture.pixels, upright)).toBe(0);
  });
});

describe('kinds of pixels', () => {
  test('PNG is exact', async () => {
    const picture = await read(await image(upright).png().toBuffer());
    expect(difference(picture.pixels, upright)).toBe(0);
  });

  test('16-bit PNG becomes 8 bits', async () => {
    const bytes = await image(upright).toColourspace('rgb16').png().toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe('ushort');
    expect(difference((await read(bytes)).pixels, upright)).toBeLessThan(1);
  });

  test.each(['b-w', 'grey16'] as const)('%s PNG becomes three equal channels', async (space) => {
    const bytes = await image(upright).toColourspace(space).png().toBuffer();
    const { pixels } = await read(bytes);
    expectGrey(pixels);
    const grey = await image(upright).toColourspace('b-w').raw().toBuffer();
    const error = grey.reduce((sum, v, i) => sum + Math.abs(v - pixels.data[i * 3]!), 0);
    expect(error / grey.length).toBeLessThan(1.5);
  });

  test('grey JPEG becomes three equal channels', async () => {
    const bytes = await image(upright).toColourspace('b-w').jpeg().toBuffer();
    expect((await sharp(bytes).metadata()).channels).toBe(1);
    expectGrey((await read(bytes)).pixels);
  });

  test('CMYK JPEG becomes RGB of about the same colours', async () => {
    const bytes = await image(upright).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe('cmyk');
    const { pixels } = await read(bytes);
    expect(pixels.data).toHaveLength(upright.data.length);
    // Printing inks do not reach all colours of a screen; inverted or swapped channels are 60 and more off.
    expect(difference(pixels, upright)).toBeLessThan(12);
  });

  test('palette PNG', async () => {
    const bytes = await image(upright).png({ palette: true, dither: 0 }).toBuffer();
    expect(difference((await read(bytes)).pixels, upright)).toBeLessThan(8);
  });

  test('progressive and baseline JPEG are the same picture', async () => {
    const baseline = await jpeg(upright).toBuffer();
    const progressive = await jpeg(upright).jpeg({ progressive: true }).toBuffer();
    expect((await sharp(progressive).metadata()).isProgressive).toBe(true);
    const [a, b] = [await read(baseline), await read(progressive)];
    expect(difference(a.pixels, b.pixels)).toBeLessThan(1);
  });

  test('transparency lies over white, half of it half', async () => {
    const alpha = Buffer.alloc(WIDTH * HEIGHT, 255)
      .fill(0, 0, WIDTH)
      .fill(128, WIDTH, 2 * WIDTH);
    const bytes = await image({ ...upright, data: new Uint8Array(upright.data.length).fill(100) })
      .joinChannel(alpha, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
      .png()
      .toBuffer();
    const { pixels } = await read(bytes);
    const row = (y: number) => pixels.data[y * WIDTH * 3];
    expect(row(0)).toBe(255);
    expect(row(1)).toBeGreaterThan(175);
    expect(row(1)).toBeLessThan(180);
    expect(row(2)).toBe(100);
  });
});

describe('photographs', () => {
  /** The library alone, with nothing read or left out before. */
  const plain = (bytes: Uint8Array, size?: { width: number; height: number }) =>
    sharp(bytes, { autoOrient: true })
      .resize(size ? { ...size, fit: 'fill' } : {})
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .raw()
      .toBuffer();

  test.each(SAMPLES.map((file, i) => [i + 1, file] as const))(
    'sample %i is decoded as by the library alone',
    async (_, file) => {
      const bytes = await readFile(file);
      const { pixels } = await read(bytes);
      expect(Buffer.compare(pixels.data, await plain(bytes))).toBe(0);
    },
  );

  test.each([1, 6, 7])('so are large ones, shrunk, of orientation %i', async (orientation) => {
    const bytes = await sharp(SAMPLES[1])
      .resize(4200)
      .withMetadata({ orientation })
      .jpeg()
      .toBuffer();
    const { width, height, pixels } = await read(bytes);
    const half = { width: Math.round(width / 2), height: Math.round(height / 2) };
    expect(pixels).toMatchObject(half);
    expect(Buffer.compare(pixels.data, await plain(bytes, half))).toBe(0);
  });
});

describe('not an image', () => {
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('This is no picture, whatever its name says.')],
    ['the start of a JPEG', Buffer.from([0xff, 0xd8, 0xff])],
    ['the start of a PNG', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"/>')],
  ])('%s', async (_, bytes) => {
    await expect(read(bytes)).rejects.toThrow(ImageFormatError);
  });

  test.each(['webp', 'gif', 'tiff'] as const)('%s', async (format) => {
    await expect(read(await image(upright).toFormat(format).toBuffer())).rejects.toThrow(
      ImageFormatError,
    );
  });

  test.each(['jpeg', 'png'] as const)('%s cut short anywhere', async (format) => {
    const bytes = await image(upright).toFormat(format).toBuffer();
    for (const share of [0.01, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * share));
      await expect(read(cut), `${share} of it`).rejects.toThrow(ImageFormatError);
    }
  });

  test('the decoder says why', async () => {
    const bytes = await image(upright).jpeg().toBuffer();
    const error = await read(bytes.subarray(0, bytes.length >> 1)).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ImageFormatError);
    expect(error).toHaveProperty('cause', expect.any(Error));
  });
});

/** Mean absolute difference of all values, 0..255. */
function difference(a: Pixels, b: Pixels): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length;
}

function expectGrey({ data }: Pixels): void {
  expect(data).toHaveLength(WIDTH * HEIGHT * 3);
  expect(data.every((value, i) => value === data[i - (i % 3)])).toBe(true);
}
