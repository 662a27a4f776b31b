/** Files as their formats define them, piece by piece: what no encoder would write. */
import { deflateSync } from 'node:zlib';

const SOI_BYTES = 2;
export const EOI = Buffer.from([0xff, 0xd9]);

/** A segment of JPEG. */
export function segment(marker: number, ...data: (string | Uint8Array)[]): Buffer {
  const body = Buffer.concat(data.map((part) => Buffer.from(part as string)));
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
}

/** The JPEG with these bytes at its beginning. */
export function withHead(jpeg: Uint8Array, ...segments: Uint8Array[]): Buffer {
  return Buffer.concat([jpeg.subarray(0, SOI_BYTES), ...segments, jpeg.subarray(SOI_BYTES)]);
}

/** An entry of a TIFF directory: tag, type, count, and a value of four bytes, already in order. */
export type Entry = readonly [tag: number, type: number, count: number, value: Uint8Array];

/** A TIFF file of one directory at `at`. */
export function tiff(little: boolean, entries: readonly Entry[], at = 8): Buffer {
  const bytes = Buffer.alloc(at + 2 + entries.length * 12 + 4);
  const u16 = (value: number, offset: number) =>
    little ? bytes.writeUInt16LE(value, offset) : bytes.writeUInt16BE(value, offset);
  const u32 = (value: number, offset: number) =>
    little ? bytes.writeUInt32LE(value, offset) : bytes.writeUInt32BE(value, offset);
  bytes.write(little ? 'II' : 'MM', 'latin1');
  u16(42, 2);
  u32(at, 4);
  u16(entries.length, at);
  entries.forEach(([tag, type, count, value], i) => {
    const entry = at + 2 + i * 12;
    u16(tag, entry);
    u16(type, entry + 2);
    u32(count, entry + 4);
    bytes.set(value, entry + 8);
  });
  return bytes;
}

/** The value of an entry: a SHORT at the beginning of its four bytes. */
export function short(value: number, little: boolean): Buffer {
  const bytes = Buffer.alloc(4);
  if (little) bytes.writeUInt16LE(value);
  else bytes.writeUInt16BE(value);
  return bytes;
}

export function long(value: number, little: boolean): Buffer {
  const bytes = Buffer.alloc(4);
  if (little) bytes.writeUInt32LE(value);
  else bytes.writeUInt32BE(value);
  return bytes;
}

export const exif = (body: Uint8Array): Buffer => segment(0xe1, 'Exif\0\0', body);

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A chunk of PNG. */
export function chunk(type: string, data: Uint8Array | string): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), Buffer.from(data as string)]);
  const bytes = Buffer.alloc(body.length + 8);
  bytes.writeUInt32BE(body.length - 4);
  bytes.set(body, 4);
  bytes.writeUInt32BE(crc32(body), body.length + 4);
  return bytes;
}

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly depth?: number;
  /** 0 grey, 2 colour, 3 palette, 4 and 6 with alpha. */
  readonly colour?: number;
  readonly interlaced?: boolean;
}

export function ihdr({ width, height, depth = 8, colour = 2, interlaced }: PngHeader): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width);
  data.writeUInt32BE(height, 4);
  data.set([depth, colour, 0, 0, interlaced ? 1 : 0], 8);
  return chunk('IHDR', data);
}

/** A PNG of these chunks; its pixels are zeros, as many as are given. */
export function png(header: PngHeader, pixels: number, ...extras: Uint8Array[]): Buffer {
  return Buffer.concat([
    SIGNATURE,
    ihdr(header),
    ...extras,
    chunk('IDAT', deflateSync(Buffer.alloc(pixels))),
    chunk('IEND', ''),
  ]);
}

/** The PNG with these chunks behind its header. */
export function withChunks(file: Uint8Array, ...chunks: Uint8Array[]): Buffer {
  const at = SIGNATURE.length + 25;
  return Buffer.concat([file.subarray(0, at), ...chunks, file.subarray(at)]);
}

/** CRC-32 as PNG defines it. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
