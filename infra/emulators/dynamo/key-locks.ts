/**
 * Exclusive locks on keys, granted first come first served.
 *
 * All keys of one `acquire` join their queues in the same synchronous step, so two holders of
 * several keys stand in the same order in every queue they share and can never wait for each other.
 */
export class KeyLocks {
  readonly #tails = new Map<string, Promise<void>>();

  /**
   * Resolves once every key is held; call the returned function to let go. Keys must be distinct.
   */
  async acquire(keys: readonly string[]): Promise<() => void> {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const ahead: Promise<void>[] = [];
    for (const key of keys) {
      const tail = this.#tails.get(key);
      if (tail !== undefined) ahead.push(tail);
      this.#tails.set(key, released);
    }
    await Promise.all(ahead);
    return () => {
      for (const key of keys) if (this.#tails.get(key) === released) this.#tails.delete(key);
      release();
    };
  }
}
