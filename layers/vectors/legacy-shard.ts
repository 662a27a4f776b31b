/**
 * Version 1 of the shard format, which is read until a fold has replaced it: whole codes, row after row.
 *
 * The header is that of version 2, but its checksum at 32 is of everything after it and there is none at 40.
 * Then, each from a multiple of 64 on: count x dimension int8 codes; count float32 scales; count ids.
 */
import { crc32 } from 'node:zlib';
import { ID_BYTES } from './ids.ts';
import { ShardCorruptError } from './shard-errors.ts';

export const LEGACY_VERSION = 1;
const HEADER_BYTES = 64;
const ALIGNMENT = 64;

export interface LegacyRows {
  /** count x dimension. */
  readonly codes: Int8Array;
  readonly scales: Float32Array;
  /** count x 16 bytes. */
  readonly ids: Uint8Array;
}

/**
 * @param bytes start at a multiple of four; their header has been checked
 * @throws ShardCorruptError
 */
export function decodeLegacy(bytes: Buffer, dimension: number, count: number): LegacyRows {
  const align = (offset: number) => Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
  const scales = align(HEADER_BYTES + count * dimension);
  const ids = align(scales + count * Float32Array.BYTES_PER_ELEMENT);
  if (bytes.length !== ids + count * ID_BYTES) {
    throw new ShardCorruptError('The shard is cut short or too long.');
  }
  if (bytes.readUInt32LE(32) !== crc32(bytes.subarray(HEADER_BYTES))) {
    throw new ShardCorruptError('The contents of the shard are damaged.');
  }
  const at = (offset: number) => bytes.byteOffset + offset;
  return {
    codes: new Int8Array(bytes.buffer, at(HEADER_BYTES), count * dimension),
    scales: new Float32Array(bytes.buffer, at(scales), count),
    ids: new Uint8Array(bytes.buffer, at(ids), count * ID_BYTES),
  };
}
