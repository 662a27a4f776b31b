/**
 * The ids of a shard as an object of their own beside it, in ascending order: by it a shard that is lost is
 * made anew from its own records, and one that holds nothing of what was deleted need not be read to see that.
 *
 * | offset | size       | what                                      |
 * |--------|------------|-------------------------------------------|
 * | 0      | 8          | magic `RECOLIDS`                          |
 * | 8      | 4          | format version, 1                         |
 * | 12     | 4          | count                                     |
 * | 16     | 4          | CRC-32 of the ids                         |
 * | 20     | 4          | CRC-32 of the bytes 0..19                 |
 * | 24     | 8          | zeros                                     |
 * | 32     | count x 16 | ids                                       |
 */
import { crc32 } from 'node:zlib';
import type { ShardReference } from '../records/index.ts';
import { ID_BYTES } from './ids.ts';
import type { Row } from './shard.ts';
import { ShardCorruptError } from './shard.ts';
import { ShardMissingError, type ShardStore } from './store.ts';

const MAGIC = 'RECOLIDS';
const VERSION = 1;
const HEADER_BYTES = 32;

/** Where the list of a shard lies. */
export const idListKey = (shardKey: string) => shardKey.replace(/\.shard$/, '.ids');

export const isIdList = (key: string) => key.endsWith('.ids');

/** Everything that is kept of shards. */
export const objectsOf = (shardKeys: readonly string[]) =>
  shardKeys.flatMap((key) => [key, idListKey(key)]);

/** @param rows ordered by their ids */
export function encodeIdList(rows: readonly Row[]): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES + rows.length * ID_BYTES);
  rows.forEach(({ shard, index }, i) => {
    const id = shard.ids.subarray(index * ID_BYTES, (index + 1) * ID_BYTES);
    bytes.set(id, HEADER_BYTES + i * ID_BYTES);
  });
  bytes.write(MAGIC, 0, 'ascii');
  bytes.writeUInt32LE(VERSION, 8);
  bytes.writeUInt32LE(rows.length, 12);
  bytes.writeUInt32LE(crc32(bytes.subarray(HEADER_BYTES)), 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 20)), 20);
  return bytes;
}

/** @returns the ids, 16 bytes each @throws ShardCorruptError */
export function decodeIdList(given: Uint8Array): Uint8Array {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  if (
    bytes.length < HEADER_BYTES ||
    bytes.toString('ascii', 0, 8) !== MAGIC ||
    bytes.readUInt32LE(20) !== crc32(bytes.subarray(0, 20)) ||
    bytes.readUInt32LE(8) !== VERSION ||
    bytes.length !== HEADER_BYTES + bytes.readUInt32LE(12) * ID_BYTES ||
    bytes.readUInt32LE(16) !== crc32(bytes.subarray(HEADER_BYTES))
  ) {
    throw new ShardCorruptError('The list of ids is damaged.');
  }
  return new Uint8Array(
    given.buffer,
    given.byteOffset + HEADER_BYTES,
    bytes.readUInt32LE(12) * ID_BYTES,
  );
}

/** @returns the ids of a shard, or nothing if their list is lost or damaged, or there never was one */
export async function readIdList(
  { key, count, clearedAt }: ShardReference,
  store: Pick<ShardStore, 'get'>,
): Promise<Uint8Array | undefined> {
  if (clearedAt === undefined) return undefined;
  try {
    return decodeIdList(await store.get(idListKey(key), HEADER_BYTES + count * ID_BYTES));
  } catch (error) {
    if (error instanceof ShardMissingError || error instanceof ShardCorruptError) return undefined;
    throw error;
  }
}
