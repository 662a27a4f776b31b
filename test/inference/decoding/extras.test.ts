/**
 * What files carry beside a picture: it changes nothing, costs nothing, and never makes a good picture fail.
 * Each file is a photograph with something added; the pixels have to stay those of the photograph.
 */
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { readJpeg } from '../../../layers/inference/decoding/jpeg.ts';
import { readPicture } from '../../../layers/inference/decoding/picture.ts';
import { readPng } from '../../../layers/inference/decoding/png.ts';
import type { Pixels } from '../../../layers/inference/pixels.ts';
import { SAMPLES } from '../samples.ts';
import {
  chunk,
  type Entry,
  EOI,
  exif,
  long,
  segment,
  short,
  tiff,
  withChunks,
  withHead,
} from './files.ts';

const read = (bytes: Uint8Array) => readPicture(bytes, 1);
const expectRead = async (bytes: Uint8Array, { data, width, height }: Pixels) => {
  const { pixels } = await read(bytes);
  expect([pixels.width, pixels.height]).toEqual([width, height]);
  expect(Buffer.compare(pixels.data, data)).toBe(0);
};
const APP1 = 0xe1;
const APP2 = 0xe2;
const COMMENT = 0xfe;
const XMP = 'http://ns.adobe.com/xap/1.0/\0';

let colour: Buffer;
let grey: Buffer;
let png: Buffer;

beforeAll(async () => {
  const photograph = sharp(SAMPLES[2]).resize(320);
  colour = await photograph.clone().jpeg().toBuffer();
  grey = await photograph.clone().toColourspace('b-w').jpeg().toBuffer();
  png = await photograph.clone().png().toBuffer();
});

describe('a JPEG without its end marker', () => {
  test.each([false, true])('is read whole (progressive: %s)', async (progressive) => {
    const whole = await sharp(SAMPLES[2]).resize(320).jpeg({ progressive }).toBuffer();
    expect(whole.subarray(-2)).toEqual(EOI);
    const { pixels } = await read(whole);
    await expectRead(whole.subarray(0, -2), pixels);
    await expectRead(whole.subarray(0, -1), pixels);
  });

  test.each([false, true])(
    'is refused when pixels are missing (progressive: %s)',
    async (progressive) => {
      const whole = await sharp(SAMPLES[2]).resize(320).jpeg({ progressive }).toBuffer();
      for (const missing of [4, 8, 40, 400, whole.length >> 1]) {
        await expect(read(whole.subarray(0, -missing)), `${missing}`).rejects.toThrow(
          'cannot be decoded',
        );
      }
    },
  );

  test('is read with something behind it', async () => {
    const { pixels } = await read(colour);
    const trailer = Buffer.from('SEFT and what else a telephone appends');
    await expectRead(Buffer.concat([colour.subarray(0, -2), trailer]), pixels);
    await expectRead(Buffer.concat([colour, trailer]), pixels);
  });
});

describe('Ultra HDR', () => {
  const HDRGM = 'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"';
  const description = (attributes: string, content: string) =>
    segment(
      APP1,
      XMP,
      '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
      `<rdf:Description ${attributes}>${content}</rdf:Description></rdf:RDF></x:xmpmeta>`,
    );

  /** Ultra HDR 1.0: the picture names a second JPEG behind it, its gain map, in XMP and in an MPF index. */
  async function ultraHdr(primary: Buffer): Promise<Buffer> {
    const map = withHead(
      await sharp(primary).resize(80).toColourspace('b-w').jpeg().toBuffer(),
      description(
        `${HDRGM} hdrgm:GainMapMin="0" hdrgm:GainMapMax="2.3" hdrgm:Gamma="1" hdrgm:OffsetSDR="0.015625" hdrgm:OffsetHDR="0.015625" hdrgm:HDRCapacityMin="0" hdrgm:HDRCapacityMax="2.3" hdrgm:BaseRenditionIsHDR="False"`,
        '',
      ),
    );
    const item = (attributes: string) =>
      `<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" ${attributes}/></rdf:li>`;
    const directory = description(
      `xmlns:Container="http://ns.google.com/photos/1.0/container/" xmlns:Item="http://ns.google.com/photos/1.0/container/item/" ${HDRGM}`,
      `<Container:Directory><rdf:Seq>${item('Item:Semantic="Primary"')}${item(`Item:Semantic="GainMap" Item:Length="${map.length}"`)}</rdf:Seq></Container:Directory>`,
    );
    const undefinedType = 7;
    const index = (size: number, offset: number) => {
      const list = Buffer.alloc(32);
      list.writeUInt32BE(0x030000, 0);
      list.writeUInt32BE(size, 4);
      list.writeUInt32BE(map.length, 20);
      list.writeUInt32BE(offset, 24);
      const body = tiff(false, [
        [0xb000, undefinedType, 4, Buffer.from('0100')],
        [0xb001, 4, 1, long(2, false)],
        [0xb002, undefinedType, list.length, long(50, false)],
      ]);
      return segment(APP2, 'MPF\0', body, list);
    };
    const size = primary.length + directory.length + index(0, 0).length;
    // Offsets count from behind `MPF\0`, which follows on marker and length.
    return Buffer.concat([
      withHead(primary, directory, index(size, size - (2 + directory.length + 8))),
      map,
    ]);
  }

  test.each(['grey', 'colour'])('with a %s picture reads as the picture', async (kind) => {
    const primary = kind === 'grey' ? grey : colour;
    const bytes = await ultraHdr(primary);
    const { pixels } = await read(primary);
    await expectRead(bytes, pixels);
  });

  test('with a grey picture is what the decoder itself refuses', async () => {
    await expect(
      sharp(await ultraHdr(grey))
        .raw()
        .toBuffer(),
    ).rejects.toThrow('uhdrload');
  });
});

describe('EXIF', () => {
  /** 5,000 pointers to the directory that they are in: a reader that follows them takes seconds. */
  const loop = (...entries: Entry[]) =>
    exif(tiff(true, [...entries, ...Array(5000).fill([0x8769, 4, 1, long(8, true)])] as Entry[]));

  test('that points to itself costs nothing', { timeout: 2000 }, async () => {
    const { pixels } = await read(colour);
    await expectRead(withHead(colour, loop()), pixels);
  });

  test('that points to itself may still say how to turn the picture', {
    timeout: 2000,
  }, async () => {
    const orientation: Entry = [0x0112, 3, 1, short(6, true)];
    const picture = await read(withHead(colour, loop(orientation)));
    const { width, height } = await read(colour);
    expect(picture).toMatchObject({ width: height, height: width });
  });

  test('counts where it is said first', async () => {
    const says = (orientation: number) =>
      exif(tiff(true, [[0x0112, 3, 1, short(orientation, true)]]));
    expect(readJpeg(withHead(colour, says(3), says(6)))).toMatchObject({ orientation: 3 });
  });
});

describe('what only says something about the picture', () => {
  const text = 'a line of text '.repeat(4000);
  const thumbnail = () => segment(APP1, 'Exif\0\0', colour.subarray(0, 60_000));
  const jpegs: [string, () => Buffer][] = [
    ['XMP', () => withHead(colour, segment(APP1, XMP, text))],
    ['IPTC', () => withHead(colour, segment(0xed, 'Photoshop 3.0\0', text))],
    ['a thumbnail for EXIF', () => withHead(colour, thumbnail())],
    ['a comment', () => withHead(colour, segment(COMMENT, text))],
    [
      '200,000 segments',
      () => withHead(colour, Buffer.concat(Array(200_000).fill(segment(COMMENT)))),
    ],
    ['fill bytes', () => withHead(colour, Buffer.alloc(1000, 0xff))],
    ['a second picture', () => Buffer.concat([colour, grey])],
  ];

  test.each(jpegs)('JPEG: %s never reaches the decoder', async (_, make) => {
    const { bytes } = readJpeg(make());
    expect(Buffer.compare(bytes, readJpeg(colour).bytes)).toBe(0);
  });

  const bomb = () => deflateSync(Buffer.alloc(50_000_000));
  const pngs: [string, () => Buffer][] = [
    ['tEXt', () => chunk('tEXt', `Comment\0${text}`)],
    ['a zTXt of 50 MB', () => chunk('zTXt', Buffer.concat([Buffer.from('Comment\0\0'), bomb()]))],
    [
      'an iTXt of 50 MB',
      () => chunk('iTXt', Buffer.concat([Buffer.from('XML:com.adobe.xmp\0\x01\0\0\0'), bomb()])),
    ],
    ['an iCCP of 50 MB', () => chunk('iCCP', Buffer.concat([Buffer.from('icc\0\0'), bomb()]))],
    ['a damaged iCCP', () => chunk('iCCP', 'icc\0\0no zlib')],
    ['eXIf', () => chunk('eXIf', tiff(true, [[0x0112, 3, 1, short(6, true)]]))],
  ];

  test.each(pngs)('PNG: %s never reaches the decoder', async (_, make) => {
    const { bytes } = readPng(withChunks(png, make()));
    expect(Buffer.compare(bytes, png)).toBe(0);
  });

  test('a file without any is passed on as it is, not copied', async () => {
    const bare = readJpeg(colour).bytes;
    expect(readJpeg(bare).bytes.buffer).toBe(bare.buffer);
    expect(readPng(png).bytes.buffer).toBe(png.buffer);
  });
});

describe('colour profiles are kept', () => {
  test.each(['jpeg', 'png'] as const)('in %s', async (format) => {
    const plain = await sharp(SAMPLES[2]).resize(320).toFormat(format).toBuffer();
    const p3 = await sharp(SAMPLES[2])
      .resize(320)
      .withIccProfile('p3')
      .toFormat(format, { quality: 100 })
      .toBuffer();
    const { data } = (await read(p3)).pixels;
    // Converted back they are the photograph; taken as sRGB they would be its colours, paler.
    const untagged = await sharp(p3).keepIccProfile().raw().toBuffer();
    const off = (a: Uint8Array, b: Uint8Array) =>
      a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
    const original = (await read(plain)).pixels.data;
    expect(off(data, original)).toBeLessThan(off(untagged, original));
  });
});
