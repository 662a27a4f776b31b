/**
 * Mutual exclusion inside this process (the lock of the directory keeps others out): a bucket as a whole, or
 * one key of it. Changes of different keys go on side by side, so that they share the waits for the disk.
 */
export class BucketLocks {
  readonly #tails = new Map<string, Promise<unknown>>();
  /** By bucket, the changes of single keys that are in progress. */
  readonly #changes = new Map<string, Set<Promise<unknown>>>();

  /** Runs `task` alone in its bucket, after everything that was asked for earlier. */
  async whole<T>(bucket: string, task: () => Promise<T>): Promise<T> {
    const before = [this.#tails.get(bucket), ...(this.#changes.get(bucket) ?? [])];
    return this.#follow(bucket, before, task);
  }

  /** Runs `task` after every earlier task of the same key or of the whole bucket. */
  async key<T>(bucket: string, key: string, task: () => Promise<T>): Promise<T> {
    const name = `${bucket}\0${key}`;
    const run = this.#follow(name, [this.#tails.get(bucket), this.#tails.get(name)], task);
    const changes = this.#changes.get(bucket) ?? new Set();
    this.#changes.set(bucket, changes.add(run));
    try {
      return await run;
    } finally {
      changes.delete(run);
      if (changes.size === 0 && this.#changes.get(bucket) === changes) this.#changes.delete(bucket);
    }
  }

  async #follow<T>(
    name: string,
    before: readonly (Promise<unknown> | undefined)[],
    task: () => Promise<T>,
  ): Promise<T> {
    const result = Promise.allSettled(before).then(task);
    const tail = result.catch(() => undefined);
    this.#tails.set(name, tail);
    try {
      return await result;
    } finally {
      if (this.#tails.get(name) === tail) this.#tails.delete(name);
    }
  }
}
