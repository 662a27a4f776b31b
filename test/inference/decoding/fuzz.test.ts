/** Damaged and hostile bytes: an answer or one of three errors, in bounded time and memory. */
import fc from 'fast-check';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { readPicture } from '../../../layers/inference/decoding/picture.ts';
import { readHeader } from '../../../layers/inference/decoding/read-header.ts';
import {
  ImageFormatError,
  ImageTooLargeError,
  ImageTooSmallError,
} from '../../../layers/inference/index.ts';
import { SAMPLES } from '../samples.ts';
import { chunk, exif, segment, short, tiff, withChunks, withHead } from './files.ts';

/** Room for the segment that says the orientation, and an end marker. */
const ADDED = 38;
const MARKERS = [
  0x00, 0x01, 0xc0, 0xc2, 0xc4, 0xd0, 0xd8, 0xd9, 0xda, 0xdb, 0xe1, 0xe2, 0xfe, 0xff,
];

let files: Buffer[];

beforeAll(async () => {
  const small = sharp(SAMPLES[2]).resize(96, 96);
  const jpeg = (options: object) => small.clone().jpeg(options).toBuffer();
  const orientation = exif(tiff(true, [[0x0112, 3, 1, short(6, true)]]));
  files = [
    await jpeg({}),
    withHead(await jpeg({}), orientation, segment(0xfe, 'a comment')),
    await jpeg({ progressive: true }),
    await small.clone().withIccProfile('p3').jpeg().toBuffer(),
    await small.clone().toColourspace('cmyk').jpeg().toBuffer(),
    await small.clone().png().toBuffer(),
    await small.clone().png({ progressive: true }).toBuffer(),
    await small.clone().withIccProfile('p3').png({ palette: true }).toBuffer(),
    withChunks(await small.clone().png().toBuffer(), chunk('tEXt', 'Comment\0text')),
  ];
});

type Change = (bytes: Buffer) => Buffer;

/** Where something is done to a file: mostly in its head, where its structure is. */
const places = fc.oneof({ weight: 3, arbitrary: fc.nat(700) }, { weight: 1, arbitrary: fc.nat() });
const at = (place: number, bytes: Buffer) => place % (bytes.length + 1);

const overwrite = fc.tuple(places, fc.uint8Array({ minLength: 1, maxLength: 4 })).map(
  ([place, patch]): Change =>
    (bytes) => {
      const start = at(place, bytes);
      const changed = Buffer.from(bytes);
      changed.set(patch.subarray(0, bytes.length - start), start);
      return changed;
    },
);
const insertMarker = fc.tuple(places, fc.constantFrom(...MARKERS), fc.uint8Array()).map(
  ([place, marker, rest]): Change =>
    (bytes) => {
      const start = at(place, bytes);
      return Buffer.concat([
        bytes.subarray(0, start),
        Buffer.from([0xff, marker, ...rest]),
        bytes.subarray(start),
      ]);
    },
);
const cut = places.map(
  (place): Change =>
    (bytes) =>
      bytes.subarray(0, at(place, bytes)),
);
const remove = fc.tuple(places, fc.nat(300)).map(
  ([place, length]): Change =>
    (bytes) =>
      Buffer.concat([
        bytes.subarray(0, at(place, bytes)),
        bytes.subarray(at(place, bytes) + length),
      ]),
);
const repeat = fc.tuple(places, fc.nat(300), fc.nat(40)).map(
  ([place, length, times]): Change =>
    (bytes) => {
      const start = at(place, bytes);
      const part = bytes.subarray(start, start + length);
      return Buffer.concat([
        bytes.subarray(0, start),
        ...Array<Buffer>(times).fill(part),
        bytes.subarray(start),
      ]);
    },
);

const changes = fc.array(fc.oneof(overwrite, insertMarker, cut, remove, repeat), {
  minLength: 1,
  maxLength: 4,
});
const damaged = fc.tuple(fc.nat(), changes).map(
  ([i, list]) =>
    () =>
      list.reduce((bytes, change) => change(bytes), files[i % files.length]!),
);

function expectDeclared(error: unknown): void {
  const declared = [ImageFormatError, ImageTooLargeError, ImageTooSmallError];
  if (!declared.some((type) => error instanceof type)) throw error;
}

test('headers: an answer or a declared error', () => {
  fc.assert(
    fc.property(damaged, (make) => {
      const bytes = make();
      try {
        const header = readHeader(bytes);
        expect(header.bytes.length).toBeLessThanOrEqual(bytes.length + ADDED);
        expect(header.width * header.height).toBeGreaterThan(0);
      } catch (error) {
        expectDeclared(error);
      }
    }),
    { numRuns: 5000 },
  );
});

test('pixels: of the size that the header says, or a declared error', async () => {
  await fc.assert(
    fc.asyncProperty(damaged, async (make) => {
      const bytes = make();
      try {
        const { width, height, pixels } = await readPicture(bytes, 1);
        expect(pixels.data).toHaveLength(pixels.width * pixels.height * 3);
        expect(Math.max(pixels.width / width, pixels.height / height)).toBeLessThanOrEqual(1);
      } catch (error) {
        expectDeclared(error);
      }
    }),
    { numRuns: 500 },
  );
});

test('what is left out once is gone: reading the rest again leaves out nothing more', () => {
  fc.assert(
    fc.property(damaged, (make) => {
      let first: Uint8Array;
      try {
        first = readHeader(make()).bytes;
      } catch (error) {
        expectDeclared(error);
        return;
      }
      // Only an end marker may follow, where a damaged segment claims the one before.
      const second = readHeader(first).bytes.subarray(0, first.length);
      expect(Buffer.compare(second, first)).toBe(0);
    }),
    { numRuns: 2000 },
  );
});
