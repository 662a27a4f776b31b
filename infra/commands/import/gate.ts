/** As many at once as there is capacity for at the time; the others wait in the order in which they came. */
export class Gate {
  readonly #capacity: () => number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  /** @param capacity the most at once; where it changes, {@link open} lets in who may come in then */
  constructor(capacity: () => number) {
    this.#capacity = capacity;
  }

  get inside(): number {
    return this.#inside;
  }

  async pass<T>(task: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await task();
    } finally {
      this.#inside--;
      this.open();
    }
  }

  open(): void {
    while (this.#inside < this.#capacity()) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#inside++;
      next();
    }
  }

  async #enter(): Promise<void> {
    if (this.#waiting.length === 0 && this.#inside < this.#capacity()) {
      this.#inside++;
      return;
    }
    // Whoever lets in counts: nobody who comes meanwhile gets in between.
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
