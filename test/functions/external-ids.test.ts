/** Names of files and objects as ExternalImageIds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { externalImageIdOf, nameOf } from '../../functions/common/external-ids.ts';

/** The model's ExternalImageId, anchored. */
const EXTERNAL_IMAGE_ID = /^[a-zA-Z0-9_.\-:]{1,255}$/;

/** Any text that S3 takes as a key: UTF-8 of up to 1,024 bytes. */
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 1024 })
  .filter((text) => Buffer.byteLength(text) <= 1024);

describe('the ExternalImageId of a name', () => {
  it.each([
    ['photo-1_a.jpg', 'photo-1_a.jpg'],
    ['2024/summer/a.jpg', '2024::summer::a.jpg'],
    ['a b+c%20.png', 'a:20b:2Bc:2520.png'],
    ['März.jpg', 'M:C3:A4rz.jpg'],
    ['a:b', 'a:3Ab'],
    ['//', '::::'],
    ['👩.png', ':F0:9F:91:A9.png'],
  ])('is readable: %s is %s', (given, expected) => {
    expect(externalImageIdOf(given)).toBe(expected);
    expect(nameOf(expected)).toBe(given);
  });

  it('is one that the API takes, for every key that S3 takes', () => {
    fc.assert(
      fc.property(name, (given) => {
        expect(externalImageIdOf(given)).toMatch(EXTERNAL_IMAGE_ID);
      }),
    );
  });

  it('tells the name, unless it is too long for that', () => {
    fc.assert(
      fc.property(name, (given) => {
        const read = nameOf(externalImageIdOf(given));
        // Whatever has up to 85 bytes fits, were all of them to take three characters.
        if (Buffer.byteLength(given) <= 85) expect(read).toBe(given);
        else expect([given, undefined]).toContain(read);
      }),
    );
  });

  it('of a long name is its beginning and a digest, different for different names', () => {
    const long = `${'folder/'.repeat(40)}a.jpg`;
    const id = externalImageIdOf(long);
    expect(id).toMatch(/^folder::folder::.*:-[A-Za-z0-9_-]{43}$/);
    expect(id.length).toBeLessThanOrEqual(255);
    expect(externalImageIdOf(`${'folder/'.repeat(40)}b.jpg`)).not.toBe(id);
    expect(nameOf(id)).toBeUndefined();
  });

  it('is never that of another name', () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        fc.pre(one !== other);
        expect(externalImageIdOf(one)).not.toBe(externalImageIdOf(other));
      }),
    );
  });
});

describe('an ExternalImageId that somebody else has made', () => {
  it.each(['a:2fb', 'a:zz', ':41', 'a:', 'a:4', ':C3', ''])('tells no name: "%s"', (id) => {
    expect(nameOf(id)).toBeUndefined();
  });
});
