/**
 * Numbers by id, for more ids than a Map of texts holds in reasonable memory: open addressing over the ids as
 * they are in shards, 20 bytes an id at half load.
 */
import { ID_BYTES } from './ids.ts';

const WORDS = ID_BYTES / Uint32Array.BYTES_PER_ELEMENT;
const SMALLEST_CAPACITY = 16;

export class IdTable {
  /** Of each slot four words of an id. */
  #ids: Uint32Array;
  /** Of each slot one more than the number, or 0 where there is no id. */
  #numbers: Float64Array;
  #size = 0;
  readonly #words = new Uint32Array(WORDS);
  readonly #bytes = new Uint8Array(this.#words.buffer);

  /** @param expected how many ids there will be; more are taken as well */
  constructor(expected = 0) {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(SMALLEST_CAPACITY, 2 * expected)));
    this.#ids = new Uint32Array(WORDS * capacity);
    this.#numbers = new Float64Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Notes a number of an id, unless a larger one is noted.
   * @param bytes holds the id at `index * 16`
   * @param number not negative
   */
  raise(bytes: Uint8Array, index: number, number: number): void {
    if (2 * (this.#size + 1) > this.#numbers.length) this.#grow();
    const slot = this.#find(bytes, index);
    if (this.#numbers[slot] === 0) {
      this.#ids.set(this.#words, slot * WORDS);
      this.#size++;
    }
    this.#numbers[slot] = Math.max(this.#numbers[slot] ?? 0, number + 1);
  }

  /** @returns the number of an id, -1 if there is none */
  get(bytes: Uint8Array, index: number): number {
    return (this.#numbers[this.#find(bytes, index)] ?? 0) - 1;
  }

  /** The slot of an id, or the free one where it belongs. Ids are random as they are. */
  #find(bytes: Uint8Array, index: number): number {
    const start = index * ID_BYTES;
    for (let i = 0; i < ID_BYTES; i++) this.#bytes[i] = bytes[start + i] ?? 0;
    return this.#slotOfWords();
  }

  #slotOfWords(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#words;
    const mask = this.#numbers.length - 1;
    const hash = Math.imul(a ^ Math.imul(d, 0x9e3779b1), 0x85ebca6b);
    let slot = (hash ^ (hash >>> 15)) & mask;
    while (
      this.#numbers[slot] !== 0 &&
      (this.#ids[slot * WORDS] !== a ||
        this.#ids[slot * WORDS + 1] !== b ||
        this.#ids[slot * WORDS + 2] !== c ||
        this.#ids[slot * WORDS + 3] !== d)
    ) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const [ids, numbers] = [this.#ids, this.#numbers];
    this.#ids = new Uint32Array(2 * ids.length);
    this.#numbers = new Float64Array(2 * numbers.length);
    numbers.forEach((number, from) => {
      if (number === 0) return;
      this.#words.set(ids.subarray(from * WORDS, (from + 1) * WORDS));
      const slot = this.#slotOfWords();
      this.#ids.set(this.#words, slot * WORDS);
      this.#numbers[slot] = number;
    });
  }
}
