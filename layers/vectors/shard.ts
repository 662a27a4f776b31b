/**
 * The shard: an immutable block of vectors with their ids (docs/shard-format.md).
 *
 * Little-endian. A header of 64 bytes, then what is searched first, then what settles the rest:
 *
 * | offset | size | what                                                      |
 * |--------|------|-----------------------------------------------------------|
 * | 0      | 8    | magic `RECOLLCT`                                          |
 * | 8      | 2    | format version, 2                                         |
 * | 10     | 2    | dimension                                                 |
 * | 12     | 4    | count                                                     |
 * | 16     | 16   | face model, ASCII, padded with zeros                      |
 * | 32     | 4    | CRC-32 of everything between header and lower plane       |
 * | 36     | 4    | CRC-32 of the bytes 0..35                                 |
 * | 40     | 4    | CRC-32 of the lower plane                                 |
 *
 * scales: count float32; errors: count float32; ids: count x 16 bytes; then, each from a multiple of 64 on,
 * the upper plane and the lower plane of the codes (planes.ts).
 *
 * Objects in S3 have this format, and so have the payloads of tail entries that add vectors. What
 * version 1 left is read too (legacy-shard.ts).
 */
import { crc32 } from 'node:zlib';
import { ID_BYTES, idToBytes } from './ids.ts';
import { allocate } from './kernel/memory.ts';
import type { Rows } from './kernel/rows.ts';
import { decodeLegacy, LEGACY_VERSION } from './legacy-shard.ts';
import type { Planes } from './planes.ts';
import { copyCodes, planeRowBytes, readCodes, writeCodes } from './planes.ts';
import { errorOfCodes, quantise } from './quantise.ts';
import { ShardCorruptError } from './shard-errors.ts';

export { ShardCorruptError } from './shard-errors.ts';

/** One without a lower plane can be searched, but its codes cannot be read. */
export interface Shard extends Rows {
  readonly faceModel: string;
  /** count x 16 bytes. */
  readonly ids: Uint8Array;
}

export interface Embedded {
  readonly id: string;
  /** Of unit length. */
  readonly vector: Float32Array;
}

const MAGIC = 'RECOLLCT';
const FORMAT_VERSION = 2;
const HEADER_BYTES = 64;
const ALIGNMENT = 64;
const FACE_MODEL_BYTES = 16;
/** Of a row, beside its codes: scale, error and id. */
const EXTRA_BYTES = 2 * Float32Array.BYTES_PER_ELEMENT + ID_BYTES;

/** @param vectors all of length `dimension` */
export function encodeShard(
  faceModel: string,
  dimension: number,
  vectors: readonly Embedded[],
): Uint8Array {
  const { bytes, shard } = empty(faceModel, dimension, vectors.length, newBytes);
  const codes = new Int8Array(dimension);
  vectors.forEach(({ id, vector }, i) => {
    if (vector.length !== dimension) throw new RangeError(`Not ${dimension} values: ${id}`);
    const { scale, error } = quantise(vector, codes);
    write(shard, i, codes, scale, error, idToBytes(id));
  });
  return seal(bytes);
}

/** Points at one vector of a shard. */
export interface Row {
  readonly shard: Shard;
  readonly index: number;
}

/** The codes of one vector. */
export function codesOf({ shard, index }: Row): Int8Array {
  const codes = new Int8Array(shard.dimension);
  readCodes(shard, index, codes);
  return codes;
}

/** A new shard of rows of others, their codes unchanged. @param rows all of the same face model */
export function encodeRows(faceModel: string, dimension: number, rows: readonly Row[]): Uint8Array {
  const { bytes, shard } = empty(faceModel, dimension, rows.length, newBytes);
  rows.forEach(({ shard: from, index }, i) => {
    if (from.dimension !== dimension) throw new RangeError(`A row of ${from.dimension} values.`);
    copyCodes(from, index, shard, i);
    shard.scales[i] = from.scales[index] ?? 0;
    shard.errors[i] = from.errors[index] ?? 0;
    const at = index * ID_BYTES;
    for (let byte = 0; byte < ID_BYTES; byte++) {
      shard.ids[i * ID_BYTES + byte] = from.ids[at + byte] ?? 0;
    }
  });
  return seal(bytes);
}

/**
 * Views into the bytes, which must not change afterwards; of a shard of an earlier version, into others.
 * @throws ShardCorruptError
 */
export function decodeShard(given: Uint8Array): Shard {
  const bytes = aligned(given);
  const header = readHeader(bytes);
  if (header.version === LEGACY_VERSION) return converted(bytes, header);
  if (bytes.length !== sections(header.dimension, header.count).end) {
    throw new ShardCorruptError('The shard is cut short or too long.');
  }
  return addLower(decodeUpper(bytes), bytes);
}

/**
 * A shard without its lower plane, of which the bytes may still be anything.
 * @param bytes as many as the whole shard has
 * @throws ShardCorruptError
 */
export function decodeUpper(bytes: Uint8Array): Shard {
  const { faceModel, dimension, count } = readHeader(bytes);
  const { upper, lower } = sections(dimension, count);
  if (lower > bytes.length) throw new ShardCorruptError('The shard is cut short.');
  if (view(bytes).getUint32(32, true) !== crc32(bytes.subarray(HEADER_BYTES, lower))) {
    throw new ShardCorruptError('The upper plane of the shard is damaged, or what lies before it.');
  }
  return shardOver(bytes, { faceModel, dimension, count }, upper);
}

/** @param bytes of the same shard, all of them. @throws ShardCorruptError */
export function addLower(shard: Shard, bytes: Uint8Array): Shard {
  const { lower, end } = sections(shard.dimension, shard.count);
  const plane = new Uint8Array(bytes.buffer, bytes.byteOffset + lower, end - lower);
  if (view(bytes).getUint32(40, true) !== crc32(plane)) {
    throw new ShardCorruptError('The lower plane of the shard is damaged.');
  }
  return { ...shard, lower: plane };
}

/**
 * Where the lower plane begins of a shard whose header has been read; at its end, if it has none.
 * @param bytes as many as the whole shard has
 * @throws ShardCorruptError
 */
export function lowerPlaneAt(start: Uint8Array, bytes: number): number {
  const { version, dimension, count } = readHeader(start);
  if (version === LEGACY_VERSION) return bytes;
  const { lower, end } = sections(dimension, count);
  if (end !== bytes) throw new ShardCorruptError('The shard is cut short or too long.');
  return lower;
}

/** The same for a shard of which only the number of vectors and bytes is known, but for at most 128 bytes. */
export function lowerPlaneAbout(count: number, bytes: number): number {
  const planes = bytes - HEADER_BYTES - count * EXTRA_BYTES;
  return Math.min(bytes, HEADER_BYTES + count * EXTRA_BYTES + Math.ceil(planes / 2) + ALIGNMENT);
}

/** How many bytes a shard of so many vectors has. */
export function shardBytes(dimension: number, count: number): number {
  return sections(dimension, count).end;
}

interface Header {
  readonly faceModel: string;
  readonly dimension: number;
  readonly count: number;
}

function readHeader(bytes: Uint8Array): Header & { readonly version: number } {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEADER_BYTES));
  if (header.length < HEADER_BYTES || header.toString('ascii', 0, 8) !== MAGIC) {
    throw new ShardCorruptError('Not a shard.');
  }
  if (header.readUInt32LE(36) !== crc32(header.subarray(0, 36))) {
    throw new ShardCorruptError('The header of the shard is damaged.');
  }
  const version = header.readUInt16LE(8);
  if (version !== FORMAT_VERSION && version !== LEGACY_VERSION) {
    throw new ShardCorruptError(`Unknown shard format ${version}.`);
  }
  return {
    version,
    dimension: header.readUInt16LE(10),
    count: header.readUInt32LE(12),
    faceModel: header.toString('ascii', 16, 16 + FACE_MODEL_BYTES).replace(/\0+$/, ''),
  };
}

/** What version 1 left, laid out as now. */
function converted(bytes: Buffer, { faceModel, dimension, count }: Header): Shard {
  const { codes, scales, ids } = decodeLegacy(bytes, dimension, count);
  const { shard } = empty(faceModel, dimension, count, allocate);
  for (let i = 0; i < count; i++) {
    const row = codes.subarray(i * dimension, (i + 1) * dimension);
    const scale = scales[i] ?? 0;
    const id = ids.subarray(i * ID_BYTES, (i + 1) * ID_BYTES);
    write(shard, i, row, scale, errorOfCodes(row, scale), id);
  }
  return shard;
}

/** A shard with room for `count` vectors, and the bytes it lives in, which end with it. */
function empty(
  faceModel: string,
  dimension: number,
  count: number,
  make: (bytes: number) => Uint8Array,
): { bytes: Uint8Array; shard: Shard } {
  if (Buffer.byteLength(faceModel, 'ascii') > FACE_MODEL_BYTES) {
    throw new RangeError(`A face model's version has at most ${FACE_MODEL_BYTES} characters.`);
  }
  const { upper, lower, end } = sections(dimension, count);
  const bytes = make(end);
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  header.write(MAGIC, 0, 'ascii');
  header.writeUInt16LE(FORMAT_VERSION, 8);
  header.writeUInt16LE(dimension, 10);
  header.writeUInt32LE(count, 12);
  header.write(faceModel, 16, 'ascii');
  const shard = shardOver(bytes, { faceModel, dimension, count }, upper);
  return { bytes, shard: { ...shard, lower: bytes.subarray(lower, end) } };
}

const newBytes = (bytes: number): Uint8Array => new Uint8Array(new ArrayBuffer(bytes));

function write(
  shard: Shard & Planes,
  index: number,
  codes: Int8Array,
  scale: number,
  error: number,
  id: Uint8Array,
): void {
  writeCodes(shard, index, codes);
  shard.scales[index] = scale;
  shard.errors[index] = error;
  shard.ids.set(id, index * ID_BYTES);
}

function seal(bytes: Uint8Array): Uint8Array {
  const header = view(bytes);
  const { lower } = sections(header.getUint16(10, true), header.getUint32(12, true));
  header.setUint32(32, crc32(bytes.subarray(HEADER_BYTES, lower)), true);
  header.setUint32(36, crc32(bytes.subarray(0, 36)), true);
  header.setUint32(40, crc32(bytes.subarray(lower)), true);
  return bytes;
}

const view = ({ buffer, byteOffset }: Uint8Array) => new DataView(buffer, byteOffset, HEADER_BYTES);

function shardOver(
  { buffer, byteOffset }: Uint8Array,
  { faceModel, dimension, count }: Header,
  upper: number,
): Shard {
  const scales = byteOffset + HEADER_BYTES;
  const errors = scales + count * Float32Array.BYTES_PER_ELEMENT;
  const ids = errors + count * Float32Array.BYTES_PER_ELEMENT;
  return {
    faceModel,
    dimension,
    count,
    scales: new Float32Array(buffer, scales, count),
    errors: new Float32Array(buffer, errors, count),
    ids: new Uint8Array(buffer, ids, count * ID_BYTES),
    upper: new Uint8Array(buffer, byteOffset + upper, count * planeRowBytes(dimension)),
    lower: undefined,
  };
}

/** Where each part starts, and where it ends. */
function sections(dimension: number, count: number) {
  const align = (offset: number) => Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
  const upper = align(HEADER_BYTES + count * EXTRA_BYTES);
  const lower = align(upper + count * planeRowBytes(dimension));
  return { upper, lower, end: lower + count * planeRowBytes(dimension) };
}

/** Float32 views need a start at a multiple of four. */
function aligned(bytes: Uint8Array): Buffer {
  const isAligned = bytes.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0;
  const source = isAligned ? bytes : new Uint8Array(bytes);
  return Buffer.from(source.buffer, source.byteOffset, source.byteLength);
}
