/** Randomness that a seed repeats. */

export class Random {
  #state: number;

  /** @param seed an integer; its low 32 bits count */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** Uniform in [0, 1), from mulberry32 (T. Ettinger, public domain): 32 bits of state are enough for tests. */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };

  /** An integer from 0 to `limit - 1`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('There is nothing to pick from.');
    return item;
  }

  /** Distinct items, `count` of them or all there are, in a random order. */
  sample<T>(items: readonly T[], count: number): T[] {
    const rest = [...items];
    const size = Math.min(count, rest.length);
    return Array.from({ length: size }, () => rest.splice(this.below(rest.length), 1)).flat();
  }

  /** A version 4 UUID. */
  uuid(): string {
    const digits = Array.from({ length: 32 }, () => this.below(16).toString(16));
    digits[12] = '4';
    digits[16] = this.pick(['8', '9', 'a', 'b']);
    return digits.join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }

  /** Uniform on the sphere, as far as float32 goes. */
  unitVector(dimension: number): Float32Array {
    return normalised(Array.from({ length: dimension }, () => this.gaussian()));
  }

  /** From the standard normal distribution, by Box and Muller. */
  gaussian(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }
}

/** @param values not all zero */
export function normalised(values: readonly number[]): Float32Array {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / length);
}
