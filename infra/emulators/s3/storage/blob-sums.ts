/**
 * Checksums of the bytes of a blob: a CRC-32 for each block, so that a range can be verified without
 * reading the rest. They are kept in the metadata, apart from the bytes.
 */
import { crc32 } from 'node:zlib';

export const BLOCK_BYTES = 256 * 1024;

/** Takes bytes in order, in pieces of any length. */
export class BlockSums {
  readonly #sums: number[] = [];
  #sum = 0;
  #length = 0;

  update(data: Buffer): void {
    for (let rest = data; rest.length > 0; ) {
      const piece = rest.subarray(0, BLOCK_BYTES - this.#length);
      this.#sum = crc32(piece, this.#sum);
      this.#length += piece.length;
      if (this.#length === BLOCK_BYTES) this.#end();
      rest = rest.subarray(piece.length);
    }
  }

  /** Four bytes for each block, in base64. */
  digest(): string {
    if (this.#length > 0) this.#end();
    const bytes = Buffer.alloc(4 * this.#sums.length);
    for (const [i, sum] of this.#sums.entries()) bytes.writeUInt32LE(sum, 4 * i);
    return bytes.toString('base64');
  }

  #end(): void {
    this.#sums.push(this.#sum);
    this.#sum = 0;
    this.#length = 0;
  }
}

/** @param sums what `digest` returned @param index of the block, from 0 */
export function isBlockSound(sums: Buffer, index: number, block: Buffer): boolean {
  return sums.length >= 4 * (index + 1) && sums.readUInt32LE(4 * index) === crc32(block);
}
