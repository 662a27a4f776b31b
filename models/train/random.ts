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
