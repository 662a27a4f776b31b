/** Bounded memory: whoever needs some waits, in turn, until there is as much. */
export class Room {
  readonly #size: number;
  readonly #waiting: { readonly bytes: number; readonly enter: () => void }[] = [];
  #free: number;

  /** @param size in bytes */
  constructor(size: number) {
    this.#size = size;
    this.#free = size;
  }

  /** Does what takes so many bytes; what takes more than there are has all of them. */
  async use<T>(bytes: number, task: () => Promise<T>): Promise<T> {
    const taken = Math.min(bytes, this.#size);
    await new Promise<void>((enter) => {
      this.#waiting.push({ bytes: taken, enter });
      this.#admit();
    });
    try {
      return await task();
    } finally {
      this.#free += taken;
      this.#admit();
    }
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && next.bytes <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.bytes;
      next.enter();
    }
  }
}
