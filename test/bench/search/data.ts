/**
 * Vectors to search in, the same for everyone: at random, or people with several faces each, spread as
 * those of the face model are.
 */
import { Random } from '../../support/random.ts';

export const DIMENSION = 192;

export type Kind = 'random' | 'clustered';

export interface Data {
  readonly kind: Kind;
  readonly count: number;
  /** count x 192, each of unit length. */
  readonly vectors: Float32Array;
  readonly queries: readonly Float32Array[];
  /** A cosine from which on two faces count as alike. */
  readonly minCosine: number;
}

const QUERIES = 20;

/** Strangers are alike beyond these once in a thousand times, and in some thousand times. */
const MIN_COSINE = { clustered: 0.45, random: 0.25 } as const;

/** The variance decays by e in so many dimensions; cosines of strangers then have a deviation of .144. */
const DECAY = 24;

export function makeData(kind: Kind, count: number): Data {
  const random = new Random(count + kind.length);
  const next = kind === 'random' ? strangers(random) : people(random);
  const vectors = new Float32Array(count * DIMENSION);
  for (let i = 0; i < count; i++) next(vectors.subarray(i * DIMENSION, (i + 1) * DIMENSION));
  const queries = Array.from({ length: QUERIES }, () => {
    const query = new Float32Array(DIMENSION);
    if (kind === 'random') next(query);
    // Another face of somebody who is there.
    else near(query, row(vectors, random.below(count)), random, weights);
    return query;
  });
  return { kind, count, vectors, queries, minCosine: MIN_COSINE[kind] };
}

export const row = (vectors: Float32Array, index: number) =>
  vectors.subarray(index * DIMENSION, (index + 1) * DIMENSION);

const flat = new Float32Array(DIMENSION).fill(1);
const weights = Float32Array.from({ length: DIMENSION }, (_, i) => Math.exp(-i / (2 * DECAY)));

function strangers(random: Random): (place: Float32Array) => void {
  return (place) => noise(place, random, flat);
}

/** Five to twenty faces of each person, one after the other. */
function people(random: Random): (place: Float32Array) => void {
  const person = new Float32Array(DIMENSION);
  let left = 0;
  return (place) => {
    if (left === 0) {
      noise(person, random, weights);
      left = 5 + random.below(16);
    }
    left--;
    near(place, person, random, weights);
  };
}

/** At a cosine of .866 with the person, so that two faces have .75 on average, and a deviation of .1. */
function near(
  place: Float32Array,
  person: Float32Array,
  random: Random,
  spread: Float32Array,
): void {
  const cosine = Math.min(0.99, Math.max(0.4, 0.866 + 0.082 * gaussian(random)));
  noise(place, random, spread);
  const along = product(place, person);
  const across = Math.sqrt(1 - along ** 2);
  const sine = Math.sqrt(1 - cosine ** 2);
  for (let i = 0; i < DIMENSION; i++) {
    const orthogonal = ((place[i] ?? 0) - along * (person[i] ?? 0)) / across;
    place[i] = cosine * (person[i] ?? 0) + sine * orthogonal;
  }
}

function noise(place: Float32Array, random: Random, spread: Float32Array): void {
  for (let i = 0; i < DIMENSION; i++) place[i] = gaussian(random) * (spread[i] ?? 0);
  const length = Math.sqrt(product(place, place));
  for (let i = 0; i < DIMENSION; i++) place[i] = (place[i] ?? 0) / length;
}

/** The sum of three uniform values: close enough, and quick. */
function gaussian(random: Random): number {
  return 2 * (random.next() + random.next() + random.next() - 1.5);
}

/** In double precision. */
export function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < DIMENSION; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
