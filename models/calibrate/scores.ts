/**
 * All comparisons among photographs of people: of one person (genuine) and of two (strangers). Strangers are
 * counted in bins, since a few thousand photographs make millions of pairs; the closest of them are kept one
 * by one, for intervals, fits, and for finding wrong labels.
 */
import type { EmbeddedPhotograph } from './embeddings.ts';
import type { People } from './people.ts';

/** Fine enough: the cosine at a rate is uncertain by a hundred bins. */
const BINS = 200_000;
/** The share of strangers' pairs that is kept, closest first. */
const KEPT = 1e-2;

export interface ScoredPair {
  readonly cosine: number;
  /** Indices into the photographs. */
  readonly first: number;
  readonly second: number;
}

export interface Scores {
  /** Those in which a face was found. */
  readonly photographs: readonly EmbeddedPhotograph[];
  readonly faceless: readonly EmbeddedPhotograph[];
  /** Closest first. */
  readonly genuine: readonly ScoredPair[];
  /** The closest pairs of strangers, closest first. */
  readonly closest: readonly ScoredPair[];
  /** How many pairs of strangers there are. */
  readonly strangers: number;
  /** @returns the share of strangers' pairs that reach a cosine */
  rateAt(cosine: number): number;
  /** @returns the lowest cosine that at most this share of strangers' pairs reaches */
  cosineAt(rate: number): number;
  /** @returns the share of genuine pairs that reach a cosine */
  trueRateAt(cosine: number): number;
  /** Strangers' pairs per bin of the cosine, for drawing; bin i begins at -1 + 2 i / length. */
  readonly histogram: Float64Array;
}

export function compareAll(
  embedded: readonly EmbeddedPhotograph[],
  { isOnePerson }: Pick<People, 'isOnePerson'>,
): Scores {
  const photographs = embedded.filter(({ embedding }) => embedding !== undefined);
  const faceless = embedded.filter(({ embedding }) => embedding === undefined);
  const vectors = photographs.map(({ embedding }) => embedding!.vector);
  const histogram = new Float64Array(BINS);
  const genuine: ScoredPair[] = [];
  let strangers = 0;
  const eachStranger = (visit: (cosine: number, first: number, second: number) => void) => {
    for (let first = 0; first < vectors.length; first++) {
      const name = photographs[first]!.person;
      for (let second = first + 1; second < vectors.length; second++) {
        const other = photographs[second]!.person;
        if (other === name || isOnePerson(name, other)) continue;
        visit(dot(vectors[first]!, vectors[second]!), first, second);
      }
    }
  };
  for (let first = 0; first < vectors.length; first++) {
    for (let second = first + 1; second < vectors.length; second++) {
      if (photographs[first]!.person !== photographs[second]!.person) continue;
      genuine.push({ cosine: dot(vectors[first]!, vectors[second]!), first, second });
    }
  }
  eachStranger((cosine) => {
    const bin = binOf(cosine);
    histogram[bin] = histogram[bin]! + 1;
    strangers++;
  });
  const reaching = cumulated(histogram);
  const floor = edge(reaching.findIndex((count) => count <= KEPT * strangers));
  const closest: ScoredPair[] = [];
  eachStranger((cosine, first, second) => {
    if (cosine >= floor) closest.push({ cosine, first, second });
  });
  for (const pairs of [genuine, closest]) pairs.sort((a, b) => b.cosine - a.cosine);
  return {
    photographs,
    faceless,
    genuine,
    closest,
    strangers,
    histogram,
    rateAt: (cosine) =>
      cosine >= floor
        ? countReaching(closest, cosine) / strangers
        : reaching[binOf(cosine)]! / strangers,
    cosineAt: (rate) => edge(reaching.findIndex((count) => count <= rate * strangers)),
    trueRateAt: (cosine) => countReaching(genuine, cosine) / genuine.length,
  };
}

/** Cosine of two vectors of length 1. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** @param pairs closest first @returns how many reach the cosine */
export function countReaching(pairs: readonly ScoredPair[], cosine: number): number {
  let [low, high] = [0, pairs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pairs[middle]!.cosine >= cosine) low = middle + 1;
    else high = middle;
  }
  return low;
}

function binOf(cosine: number): number {
  return Math.max(0, Math.min(BINS - 1, Math.floor(((cosine + 1) / 2) * BINS)));
}

/** Where a bin begins. */
function edge(bin: number): number {
  return bin === -1 ? 1 : -1 + (2 * bin) / BINS;
}

/** How many are in each bin and those above it. */
function cumulated(histogram: Float64Array): Float64Array {
  const sums = histogram.slice();
  for (let bin = BINS - 2; bin >= 0; bin--) sums[bin] = sums[bin]! + sums[bin + 1]!;
  return sums;
}
