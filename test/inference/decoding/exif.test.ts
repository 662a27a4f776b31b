/** The orientation tag, read as libexif reads it; and whatever the bytes are, an answer. */
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { orientationOf, orientationSegment } from '../../../layers/inference/decoding/exif.ts';
import { type Entry, exif, long, short, tiff, withHead } from './files.ts';

const ORIENTATION = 0x0112;
const SHORT = 3;
const LONG = 4;

const orientations = fc.integer({ min: 1, max: 8 });
/** Entries that say something else: of ASCII, SHORT and LONG, one value each. */
const others = fc.array(
  fc
    .tuple(fc.constantFrom(0x0100, 0x010e, 0x0128, 0x0131, 0x0213), fc.constantFrom(2, 3, 4))
    .map(([tag, type]): Entry => [tag, type, 1, Buffer.alloc(4)]),
  { maxLength: 5 },
);

test('orientation is found in either byte order, anywhere among the tags', () => {
  fc.assert(
    fc.property(
      fc.boolean(),
      orientations,
      others,
      others,
      fc.integer({ min: 8, max: 99 }),
      (little, value, before, after, at) => {
        const entry: Entry = [ORIENTATION, SHORT, 1, short(value, little)];
        expect(orientationOf(tiff(little, [...before, entry, ...after], at))).toBe(value);
      },
    ),
  );
});

test('libexif reads the same', async () => {
  const jpeg = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'grey' } })
    .jpeg()
    .toBuffer();
  const values = fc.integer({ min: 0, max: 12 });
  const types = fc.constantFrom(SHORT, LONG);
  await fc.assert(
    fc.asyncProperty(fc.boolean(), values, types, others, async (little, value, type, before) => {
      const bytes = type === SHORT ? short(value, little) : long(value, little);
      const body = tiff(little, [...before, [ORIENTATION, type, 1, bytes]]);
      const { orientation = 1 } = await sharp(withHead(jpeg, exif(body))).metadata();
      expect(orientationOf(body)).toBe(orientation >= 1 && orientation <= 8 ? orientation : 1);
    }),
    { numRuns: 200 },
  );
});

test('any bytes have an orientation', () => {
  const valid = tiff(true, [[ORIENTATION, SHORT, 1, short(6, true)]]);
  const patches = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 })));
  const mutated = fc.tuple(patches, fc.nat(valid.length)).map(([changes, length]) => {
    const bytes = Buffer.from(valid);
    for (const [at, value] of changes) bytes[at] = value;
    return bytes.subarray(0, length);
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), mutated), (bytes) => {
      const orientation = orientationOf(bytes);
      expect(orientation).toBeGreaterThanOrEqual(1);
      expect(orientation).toBeLessThanOrEqual(8);
    }),
    { numRuns: 2000 },
  );
});

describe('the segment that replaces EXIF', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('says orientation %i', async (orientation) => {
    const segment = orientationSegment(orientation);
    expect(orientationOf(segment.subarray(10))).toBe(orientation);
    const jpeg = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'grey' } })
      .jpeg()
      .toBuffer();
    expect((await sharp(withHead(jpeg, segment)).metadata()).orientation).toBe(orientation);
  });
});
