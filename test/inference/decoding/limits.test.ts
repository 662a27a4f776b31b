/** How large a picture may be, how much it may take to decode, and what is refused by its header alone. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { readJpeg } from '../../../layers/inference/decoding/jpeg.ts';
import { MAX_HELD_BYTES, MAX_SCANS } from '../../../layers/inference/decoding/limits.ts';
import { readPicture } from '../../../layers/inference/decoding/picture.ts';
import { readPng } from '../../../layers/inference/decoding/png.ts';
import { ImageTooLargeError, ImageTooSmallError } from '../../../layers/inference/index.ts';
import { EOI, type PngHeader, png, segment } from './files.ts';

const read = (bytes: Uint8Array) => readPicture(bytes, 1);
const blank = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: 'grey' }, limitInputPixels: false });

const BASELINE = 0xc0;
const PROGRESSIVE = 0xc2;
/** Sampling of three components, in the two ways that cameras use. */
const FULL = [0x11, 0x11, 0x11];
const HALF = [0x22, 0x11, 0x11];

/** The head of a JPEG, and scans without data, each of these components (1, 2, 3). */
function jpeg(
  [width, height]: readonly [number, number],
  frame = BASELINE,
  sampling = HALF,
  scans: number[][] = [[1, 2, 3]],
): Buffer {
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  const components = sampling.flatMap((factors, i) => [i + 1, factors, 0]);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(frame, Uint8Array.of(8, ...size, sampling.length, ...components)),
    ...scans.map((ids) =>
      segment(0xda, Uint8Array.of(ids.length, ...ids.flatMap((id) => [id, 0]), 0, 63, 0)),
    ),
    EOI,
  ]);
}

describe('size', () => {
  test.each([
    [79, 200],
    [200, 79],
    [1, 1],
  ])('%ix%i is too small', async (width, height) => {
    await expect(read(await blank(width, height).png().toBuffer())).rejects.toThrow(
      ImageTooSmallError,
    );
  });

  test('80x80 is large enough', async () => {
    await expect(read(await blank(80, 80).jpeg().toBuffer())).resolves.toMatchObject({
      width: 80,
      height: 80,
    });
  });

  test('a picture of more than 4096 pixels is decoded smaller and keeps its size', async () => {
    const bytes = await blank(5000, 2000).jpeg().toBuffer();
    const { width, height, pixels } = await read(bytes);
    expect([width, height]).toEqual([5000, 2000]);
    expect([pixels.width, pixels.height]).toEqual([2500, 1000]);
  });

  test.each(['jpeg', 'png'] as const)('a strip keeps its short side (%s)', async (format) => {
    const bytes = await blank(20_000, 300).toFormat(format).toBuffer();
    const { pixels } = await read(bytes);
    expect([pixels.width, pixels.height]).toEqual([20_000, 300]);
  });

  test.each([
    ['a PNG of 2.5 gigapixels', png({ width: 50_000, height: 50_000 }, 1)],
    ['a JPEG of 4.2 gigapixels', jpeg([65_000, 65_000])],
  ])('%s is refused by its header', async (_, bytes) => {
    await expect(read(bytes)).rejects.toThrow(ImageTooLargeError);
  });
});

describe('what has to be in memory as a whole', () => {
  test.each([
    ['baseline', BASELINE, HALF, [[1, 2, 3]], 0],
    ['progressive, 4:4:4', PROGRESSIVE, FULL, [[1, 2, 3]], 1000 * 1000 * 3 * 2],
    // 1000 is no multiple of 16: 63 units of two blocks by two, and one block of each colour.
    ['progressive, 4:2:0', PROGRESSIVE, HALF, [[1, 2, 3]], 63 * 63 * 6 * 128],
    ['a scan for each component', BASELINE, FULL, [[1], [2], [3]], 1000 * 1000 * 3 * 2],
    ['one component, named three times', BASELINE, FULL, [[1, 1], [2], [3]], 1000 * 1000 * 3 * 2],
    ['one component in one scan', BASELINE, [0x22], [[1]], 0],
  ])('JPEG: %s', (_, frame, sampling, scans, heldBytes) => {
    expect(readJpeg(jpeg([1000, 1000], frame, sampling, scans))).toMatchObject({ heldBytes });
  });

  test.each([
    [{ depth: 8, colour: 2 }, 3],
    [{ depth: 16, colour: 6 }, 8],
    [{ depth: 16, colour: 0 }, 2],
    [{ depth: 8, colour: 4 }, 2],
    [{ depth: 4, colour: 3 }, 3],
    [{ depth: 1, colour: 0 }, 1],
  ] satisfies [Partial<PngHeader>, number][])('PNG: %o', (kind, bytesPerPixel) => {
    const size = { width: 300, height: 200, ...kind };
    expect(readPng(png({ ...size, interlaced: true }, 1)).heldBytes).toBe(
      300 * 200 * bytesPerPixel,
    );
    expect(readPng(png(size, 1)).heldBytes).toBe(0);
  });

  test.each([
    ['a progressive JPEG of 99 megapixels', jpeg([9984, 9984], PROGRESSIVE)],
    ['a progressive JPEG of 42 megapixels in full colour', jpeg([6500, 6500], PROGRESSIVE, FULL)],
    ['a JPEG with a scan for each component', jpeg([9984, 9984], BASELINE, HALF, [[1], [2], [3]])],
    [
      'an interlaced PNG',
      png({ width: 9999, height: 9999, depth: 16, colour: 6, interlaced: true }, 1),
    ],
  ])('%s is refused by its header', async (_, bytes) => {
    await expect(read(bytes)).rejects.toThrow(ImageTooLargeError);
  });

  test('what people upload is not', async () => {
    for (const bytes of [
      await blank(6000, 4000).jpeg({ progressive: true }).toBuffer(),
      await blank(4000, 3000).png({ progressive: true }).toBuffer(),
    ]) {
      await expect(read(bytes)).resolves.toMatchObject({ pixels: { height: expect.any(Number) } });
    }
  });
});

describe('scans', () => {
  test('are counted, each for what it goes over', () => {
    const bytes = jpeg([800, 800], PROGRESSIVE, FULL, [[1, 2, 3], [1], [3]]);
    const component = 800 * 800 * 2;
    expect(readJpeg(bytes)).toMatchObject({ scans: 3, scannedBytes: 5 * component });
  });

  test('as encoders make them are few', async () => {
    const photograph = await blank(640, 480).jpeg({ progressive: true }).toBuffer();
    const { scans, scannedBytes, heldBytes } = readJpeg(photograph);
    expect(scans).toBeLessThanOrEqual(MAX_SCANS / 5);
    expect(scannedBytes / heldBytes).toBeLessThan(6);
  });

  test.each([
    ['too many', jpeg([100, 100], PROGRESSIVE, HALF, Array(MAX_SCANS + 1).fill([1]))],
    ['many over a large picture', jpeg([8000, 8000], PROGRESSIVE, HALF, Array(14).fill([1, 2, 3]))],
  ])('%s are refused before any is decoded', async (_, bytes) => {
    await expect(read(bytes)).rejects.toThrow('scans');
    await expect(read(bytes)).rejects.toThrow(ImageTooLargeError);
  });
});

describe('the most that is let through takes under 400 MB', { timeout: 60_000 }, () => {
  // In full colour a pixel of JPEG takes three coefficients of two bytes, one of PNG three bytes.
  test.each([
    ['jpeg', 6],
    ['png', 3],
  ])('%s', async (format, bytesPerPixel) => {
    const side = Math.floor(Math.sqrt(MAX_HELD_BYTES / bytesPerPixel) / 8) * 8;
    const run = promisify(execFile);
    const program = path.join(import.meta.dirname, 'peak.ts');
    const args = ['--import', 'tsx', program, format, `${side}`];
    const { stdout } = await run(process.execPath, args);
    const { width, megabytes } = JSON.parse(stdout);
    expect(width).toBe(side);
    // What has to be held is 240 of them; less would mean that nothing was measured.
    expect(megabytes).toBeGreaterThan(200);
    expect(megabytes).toBeLessThan(400);
  });
});
