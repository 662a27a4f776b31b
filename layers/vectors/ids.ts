/** UUIDs as 16 bytes, as shards and the tail hold them. */

export const ID_BYTES = 16;

/** @param id a UUID of lower-case hexadecimal digits with its four hyphens */
export function idToBytes(id: string): Uint8Array {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  if (bytes.length !== ID_BYTES) throw new RangeError(`Not a UUID: ${id}`);
  return bytes;
}

/** @param bytes holds the id at `index * 16` */
export function idFromBytes(bytes: Uint8Array, index: number): string {
  const start = index * ID_BYTES;
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset + start, ID_BYTES).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export function encodeIds(ids: readonly string[]): Uint8Array {
  return Buffer.concat(ids.map(idToBytes));
}

/** @param bytes a multiple of 16 bytes */
export function decodeIds(bytes: Uint8Array): string[] {
  return Array.from({ length: bytes.length / ID_BYTES }, (_, i) => idFromBytes(bytes, i));
}
