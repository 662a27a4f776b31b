/**
 * Buffers that are used again: what goes into a network is large, needed for a moment, and would otherwise keep the
 * garbage collector busy. One of each size is kept; sizes are powers of two, so there are few.
 */

/** Smaller ones cost nothing. */
const LEAST = 2 ** 14;
/** Larger ones are kept by nobody, in numbers: 16 MB. */
const MOST = 2 ** 22;

export class Buffers {
  readonly #free = new Map<number, ArrayBuffer>();

  /** @returns so many numbers, whatever they are. */
  take(length: number): Float32Array {
    const size = Math.max(LEAST, 2 ** Math.ceil(Math.log2(length)));
    const known = this.#free.get(size);
    if (known === undefined) {
      return size > MOST
        ? new Float32Array(length)
        : new Float32Array(new ArrayBuffer(size * Float32Array.BYTES_PER_ELEMENT), 0, length);
    }
    this.#free.delete(size);
    return new Float32Array(known, 0, length);
  }

  /** Gives back what was taken; it must not be used afterwards. */
  give({ buffer }: Float32Array): void {
    const size = buffer.byteLength / Float32Array.BYTES_PER_ELEMENT;
    if (size >= LEAST && size <= MOST && Number.isInteger(Math.log2(size))) {
      this.#free.set(size, buffer as ArrayBuffer);
    }
  }
}
