/** Randomness that a name repeats: each picture's changes depend on nothing but the picture's name. */
import { createHash } from 'node:crypto';

export interface Random {
  /** Uniform in [from, to). */
  between(from: number, to: number): number;
  chance(probability: number): boolean;
}

/** SHA-256 of the name and a counter, 32 bits a number. */
export function randomOf(name: string): Random {
  let count = 0;
  const next = () =>
    createHash('sha256').update(`${name} ${count++}`).digest().readUInt32LE() / 2 ** 32;
  return {
    between: (from, to) => from + (to - from) * next(),
    chance: (probability) => next() < probability,
  };
}

/** Numbers for pixels, millions of them: mulberry32 (Tommy Ettinger, public domain), seeded by a name. */
export function pixelRandomOf(name: string): () => number {
  let state = createHash('sha256').update(name).digest().readUInt32LE();
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normally distributed, mean 0 and deviation 1 (Box and Muller, 1958). */
export function gaussian(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}
