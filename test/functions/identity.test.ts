/** Ids that follow from what they stand for: the standard they obey, and what makes them differ. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faceId, imageId, uuid5 } from '../../functions/common/identity.ts';

/** Namespaces of RFC 9562, section 6.6. */
const DNS = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
const URL = '6ba7b811-9dad-11d1-80b4-00c04fd430c8';

const PICTURE = { width: 1000, height: 500 };
const BOX = { left: 0.1, top: 0.1, width: 0.03, height: 0.08 };
const IMAGE = imageId(Buffer.from('a photograph'));

describe('uuid5', () => {
  it.each([
    // RFC 9562, appendix A.4.
    [DNS, 'www.example.com', '2ed6657d-e927-568b-95e1-2665a8aea6a2'],
    // The documentation of Python's uuid module.
    [DNS, 'python.org', '886313e1-3b8a-5372-9b90-0c9aee199e5d'],
    // What Python's uuid.uuid5 makes of a name beyond ASCII.
    [URL, 'https://例え.jp/ü', 'c629319a-f7d1-511d-9fc4-a6a18d5eab4b'],
  ])('of %s and %s is %s', (namespace, name, id) => {
    expect(uuid5(namespace, name)).toBe(id);
  });

  it('has the version and the variant of the standard, whatever the name', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.string({ unit: 'grapheme' }), (namespace, name) => {
        expect(uuid5(namespace, name)).toMatch(
          /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        );
      }),
    );
  });
});

describe('ids', () => {
  // Computed with Python's uuid and hashlib. Collections hold such ids: they may never change.
  it('stay what they have been', () => {
    expect(IMAGE).toBe('9955ebd5-ab2c-53ed-b865-cfea9b3d6abf');
    expect(faceId('1.0', IMAGE, undefined, BOX, PICTURE)).toBe(
      'e6e619c1-f0e6-542e-af80-3d776307981a',
    );
    expect(faceId('1.0', IMAGE, 'ada', BOX, PICTURE)).toBe('a0fef442-1581-5d4d-b344-ebb988bdaa64');
  });

  it('of images differ where one bit does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), fc.nat(7), (bytes, at, bit) => {
        const other = Uint8Array.from(bytes);
        const index = at % bytes.length;
        other[index] = (bytes[index] ?? 0) ^ (1 << bit);
        expect(imageId(Uint8Array.from(bytes))).toBe(imageId(bytes));
        expect(imageId(other)).not.toBe(imageId(bytes));
      }),
    );
  });

  it('of faces differ with each thing that they follow from', () => {
    const ids = [
      faceId('1.0', IMAGE, undefined, BOX, PICTURE),
      faceId('1.1', IMAGE, undefined, BOX, PICTURE),
      faceId('1.0', imageId(Buffer.from('another')), undefined, BOX, PICTURE),
      faceId('1.0', IMAGE, 'ada', BOX, PICTURE),
      faceId('1.0', IMAGE, 'null', BOX, PICTURE),
      faceId('1.0', IMAGE, undefined, { ...BOX, left: 0.101 }, PICTURE),
      faceId('1.0', IMAGE, undefined, { ...BOX, top: 0.102 }, PICTURE),
      faceId('1.0', IMAGE, undefined, { ...BOX, width: 0.031 }, PICTURE),
      faceId('1.0', IMAGE, undefined, { ...BOX, height: 0.082 }, PICTURE),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('of faces are the same for positions that differ by less than a pixel can show', () => {
    const pixel = fc.integer({ min: -50, max: 1050 });
    const jitter = fc.double({ min: -0.49, max: 0.49, noNaN: true });
    const edges = fc.tuple(pixel, pixel, pixel, pixel);
    fc.assert(
      fc.property(edges, fc.tuple(jitter, jitter, jitter, jitter), (exact, shift) => {
        const id = (pixels: readonly number[]) => {
          const [left = 0, top = 0, width = 0, height = 0] = pixels;
          const box = {
            left: left / PICTURE.width,
            top: top / PICTURE.height,
            width: width / PICTURE.width,
            height: height / PICTURE.height,
          };
          return faceId('1.0', IMAGE, undefined, box, PICTURE);
        };
        expect(id(exact.map((edge, i) => edge + (shift[i] ?? 0)))).toBe(id(exact));
      }),
    );
  });
});
