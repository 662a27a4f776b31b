/**
 * Vectors to search in, the same for everyone: at random, or people with several faces each, spread as
 * those of the face model are.
 */
import { Random } from '../../support/random.ts';

export type Kind = 'random' | 'clustered';

/** How alike two faces must be: similarities, and the cosines that stand for them among these vectors. */
export const THRESHOLDS = [80, 99, 0] as const;
export type Threshold = (typeof THRESHOLDS)[number];

export interface Data {
  readonly kind: Kind;
  readonly dimension: number;
  readonly count: number;
  /** count x dimension, each of unit length. */
  readonly vectors: Float32Array;
  readonly queries: readonly Float32Array[];
  readonly minCosine: Readonly<Record<Threshold, number>>;
}

const QUERIES = 10;

/** Of a normal distribution, what one in 100,000 exceeds and one in a million: a similarity of 80 and 99. */
const DEVIATIONS = { 80: 4.265, 99: 4.753 } as const;

/** The variance decays by e in an eighth of the dimensions, as faces of the built-in model have it. */
const DECAY = 1 / 8;
const PAIRS = 20_000;

export function makeData(kind: Kind, count: number, dimension: number): Data {
  const random = new Random(count + kind.length);
  const spread = Float32Array.from({ length: dimension }, (_, i) =>
    kind === 'random' ? 1 : Math.exp(-i / (2 * DECAY * dimension)),
  );
  const next = kind === 'random' ? strangers(random, spread) : people(random, spread);
  const vectors = new Float32Array(count * dimension);
  for (let i = 0; i < count; i++) next(vectors.subarray(i * dimension, (i + 1) * dimension));
  const row = (index: number) => vectors.subarray(index * dimension, (index + 1) * dimension);
  const queries = Array.from({ length: QUERIES }, () => {
    const query = new Float32Array(dimension);
    if (kind === 'random') next(query);
    // Another face of somebody who is there.
    else near(query, row(random.below(count)), random, spread);
    return query;
  });
  const deviation = deviationOfStrangers(random, spread);
  const minCosine = { 80: DEVIATIONS[80] * deviation, 99: DEVIATIONS[99] * deviation, 0: -1 };
  return { kind, dimension, count, vectors, queries, minCosine };
}

/** Of the cosine of two vectors that have nothing to do with each other; the mean is zero. */
function deviationOfStrangers(random: Random, spread: Float32Array): number {
  const [one, other] = [new Float32Array(spread.length), new Float32Array(spread.length)];
  let squares = 0;
  for (let i = 0; i < PAIRS; i++) {
    noise(one, random, spread);
    noise(other, random, spread);
    squares += product(one, other) ** 2;
  }
  return Math.sqrt(squares / PAIRS);
}

export const row = ({ vectors, dimension }: Pick<Data, 'vectors' | 'dimension'>, index: number) =>
  vectors.subarray(index * dimension, (index + 1) * dimension);

function strangers(random: Random, spread: Float32Array): (place: Float32Array) => void {
  return (place) => noise(place, random, spread);
}

/** Five to twenty faces of each person, one after the other. */
function people(random: Random, spread: Float32Array): (place: Float32Array) => void {
  const person = new Float32Array(spread.length);
  let left = 0;
  return (place) => {
    if (left === 0) {
      noise(person, random, spread);
      left = 5 + random.below(16);
    }
    left--;
    near(place, person, random, spread);
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
  for (let i = 0; i < place.length; i++) {
    const orthogonal = ((place[i] ?? 0) - along * (person[i] ?? 0)) / across;
    place[i] = cosine * (person[i] ?? 0) + sine * orthogonal;
  }
}

function noise(place: Float32Array, random: Random, spread: Float32Array): void {
  for (let i = 0; i < place.length; i++) place[i] = gaussian(random) * (spread[i] ?? 0);
  const length = Math.sqrt(product(place, place));
  for (let i = 0; i < place.length; i++) place[i] = (place[i] ?? 0) / length;
}

/** The sum of three uniform values: close enough, and quick. */
function gaussian(random: Random): number {
  return 2 * (random.next() + random.next() + random.next() - 1.5);
}

/** In double precision. */
export function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
