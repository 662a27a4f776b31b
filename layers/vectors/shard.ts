/**
 * The shard: an immutable block of vectors with their ids (docs/shard-format.md).
 *
 * Little-endian. A header of 64 bytes, then three sections, each starting at a multiple of 64:
 *
 * | offset | size | what                                                      |
 * |--------|------|-----------------------------------------------------------|
 * | 0      | 8    | magic `RECOLLCT`                                          |
 * | 8      | 2    | format version, 1                                         |
 * | 10     | 2    | dimension                                                 |
 * | 12     | 4    | count                                                     |
 * | 16     | 16   | face model, ASCII, padded with zeros                      |
 * | 32     | 4    | CRC-32 of everything after the header                     |
 * | 36     | 4    | CRC-32 of the bytes 0..35                                 |
 *
 * codes: count x dimension int8; scales: count float32; ids: count x 16 bytes.
 *
 * Objects in S3 have this format, and so have the payloads of tail entries that add vectors.
 */
import { crc32 } from 'node:zlib';
import { ID_BYTES, idToBytes } from './ids.ts';
import { quantise } from './quantise.ts';

export interface Shard {
  readonly faceModel: string;
  readonly dimension: number;
  readonly count: number;
  /** count x dimension. */
  readonly codes: Int8Array;
  readonly scales: Float32Array;
  /** count x 16 bytes. */
  readonly ids: Uint8Array;
}

export interface Embedded {
  readonly id: string;
  /** Of unit length. */
  readonly vector: Float32Array;
}

/** The bytes are not those of a shard, or not all of them, or not as they were written. */
export class ShardCorruptError extends Error {
  override readonly name = 'ShardCorruptError';
  /** Of the shard, where it is known. */
  key?: string;
}

const MAGIC = 'RECOLLCT';
const FORMAT_VERSION = 1;
const HEADER_BYTES = 64;
const ALIGNMENT = 64;
const FACE_MODEL_BYTES = 16;

/** An empty shard with room for `count` vectors, and the bytes it lives in. */
function allocate(
  faceModel: string,
  dimension: number,
  count: number,
): { bytes: Buffer; shard: Shard } {
  if (Buffer.byteLength(faceModel, 'ascii') > FACE_MODEL_BYTES) {
    throw new RangeError(`A face model's version has at most ${FACE_MODEL_BYTES} characters.`);
  }
  const layout = sections(dimension, count);
  const bytes = Buffer.from(new ArrayBuffer(layout.end));
  bytes.write(MAGIC, 0, 'ascii');
  bytes.writeUInt16LE(FORMAT_VERSION, 8);
  bytes.writeUInt16LE(dimension, 10);
  bytes.writeUInt32LE(count, 12);
  bytes.write(faceModel, 16, 'ascii');
  return { bytes, shard: view(bytes, faceModel, dimension, count) };
}

function seal(bytes: Buffer): Uint8Array {
  bytes.writeUInt32LE(crc32(bytes.subarray(HEADER_BYTES)), 32);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 36)), 36);
  return bytes;
}

/** @param vectors all of length `dimension` */
export function encodeShard(
  faceModel: string,
  dimension: number,
  vectors: readonly Embedded[],
): Uint8Array {
  const { bytes, shard } = allocate(faceModel, dimension, vectors.length);
  vectors.forEach(({ id, vector }, i) => {
    if (vector.length !== dimension) throw new RangeError(`Not ${dimension} values: ${id}`);
    shard.scales[i] = quantise(vector, shard.codes, i * dimension);
    shard.ids.set(idToBytes(id), i * ID_BYTES);
  });
  return seal(bytes);
}

/** Points at one vector of a shard. */
export interface Row {
  readonly shard: Shard;
  readonly index: number;
}

/** The codes of one vector, not to be changed. */
export function codesOf({ shard: { codes, dimension }, index }: Row): Int8Array {
  return codes.subarray(index * dimension, (index + 1) * dimension);
}

/** A new shard of rows of others, their codes unchanged. @param rows all of the same face model */
export function encodeRows(faceModel: string, dimension: number, rows: readonly Row[]): Uint8Array {
  const { bytes, shard } = allocate(faceModel, dimension, rows.length);
  rows.forEach(({ shard: from, index }, i) => {
    shard.codes.set(codesOf({ shard: from, index }), i * dimension);
    shard.scales[i] = from.scales[index] ?? 0;
    shard.ids.set(from.ids.subarray(index * ID_BYTES, (index + 1) * ID_BYTES), i * ID_BYTES);
  });
  return seal(bytes);
}

/** Views into the bytes, which must not change afterwards. @throws ShardCorruptError */
export function decodeShard(given: Uint8Array): Shard {
  const bytes = aligned(given);
  if (bytes.length < HEADER_BYTES || bytes.toString('ascii', 0, 8) !== MAGIC) {
    throw new ShardCorruptError('Not a shard.');
  }
  if (bytes.readUInt32LE(36) !== crc32(bytes.subarray(0, 36))) {
    throw new ShardCorruptError('The header of the shard is damaged.');
  }
  const version = bytes.readUInt16LE(8);
  if (version !== FORMAT_VERSION) throw new ShardCorruptError(`Unknown shard format ${version}.`);
  const dimension = bytes.readUInt16LE(10);
  const count = bytes.readUInt32LE(12);
  if (bytes.length !== sections(dimension, count).end) {
    throw new ShardCorruptError('The shard is cut short or too long.');
  }
  if (bytes.readUInt32LE(32) !== crc32(bytes.subarray(HEADER_BYTES))) {
    throw new ShardCorruptError('The contents of the shard are damaged.');
  }
  const faceModel = bytes.toString('ascii', 16, 16 + FACE_MODEL_BYTES).replace(/\0+$/, '');
  return view(bytes, faceModel, dimension, count);
}

function view(bytes: Buffer, faceModel: string, dimension: number, count: number): Shard {
  const { codes, scales, ids } = sections(dimension, count);
  const at = (offset: number) => bytes.byteOffset + offset;
  return {
    faceModel,
    dimension,
    count,
    codes: new Int8Array(bytes.buffer, at(codes), count * dimension),
    scales: new Float32Array(bytes.buffer, at(scales), count),
    ids: new Uint8Array(bytes.buffer, at(ids), count * ID_BYTES),
  };
}

/** How many bytes a shard of so many vectors has. */
export function shardBytes(dimension: number, count: number): number {
  return sections(dimension, count).end;
}

/** Where each section starts, and where the shard ends. */
function sections(dimension: number, count: number) {
  const align = (offset: number) => Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
  const codes = HEADER_BYTES;
  const scales = align(codes + count * dimension);
  const ids = align(scales + count * Float32Array.BYTES_PER_ELEMENT);
  return { codes, scales, ids, end: ids + count * ID_BYTES };
}

/** Float32 views need a start at a multiple of four. */
function aligned(bytes: Uint8Array): Buffer {
  const isAligned = bytes.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0;
  const source = isAligned ? bytes : new Uint8Array(bytes);
  return Buffer.from(source.buffer, source.byteOffset, source.byteLength);
}
