/**
 * How sure measured rates are: 95 % intervals by the bootstrap over people (Bolle, Ratha and Pankanti, "Error
 * analysis of pattern recognition systems: the subsets bootstrap", 2004). Pairs that share a person are no
 * independent draws, so people are drawn, not pairs.
 */
import type { ScoredPair, Scores } from './scores.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface Intervals {
  /** Undefined where more strangers pass than are kept one by one. */
  readonly falseMatch: Interval | undefined;
  readonly trueMatch: Interval;
}

const REPLICATES = 400;
const OUTSIDE = 0.025;

/** @param random uniform in 0..1 */
export function intervalsAt(
  scores: Scores,
  cosines: readonly number[],
  random: () => number,
): Intervals[] {
  const names = [...new Set(scores.photographs.map(({ person }) => person))];
  const indexOf = new Map(names.map((name, index) => [name, index]));
  const person = scores.photographs.map((photograph) => indexOf.get(photograph.person)!);
  const photographs = new Float64Array(names.length);
  for (const index of person) photographs[index]!++;
  const draws = cosines.map((): { falseMatch: number[]; trueMatch: number[] } => ({
    falseMatch: [],
    trueMatch: [],
  }));
  for (let replicate = 0; replicate < REPLICATES; replicate++) {
    const weights = new Float64Array(names.length);
    for (let i = 0; i < names.length; i++) weights[Math.floor(random() * names.length)]!++;
    const falses = reaching(scores.closest, cosines, ({ first, second }) => {
      return weights[person[first]!]! * weights[person[second]!]!;
    });
    const trues = reaching(scores.genuine, cosines, ({ first }) => weights[person[first]!]!);
    const strangers = strangersOf(weights, photographs);
    const genuine = scores.genuine.reduce((sum, { first }) => sum + weights[person[first]!]!, 0);
    draws.forEach((draw, i) => {
      draw.falseMatch.push(falses[i]! / strangers);
      draw.trueMatch.push(trues[i]! / genuine);
    });
  }
  const lowest = scores.closest.at(-1)?.cosine ?? 1;
  return draws.map(({ falseMatch, trueMatch }, i) => ({
    falseMatch: cosines[i]! < lowest ? undefined : middle(falseMatch),
    trueMatch: middle(trueMatch),
  }));
}

/** The weights of the pairs that reach each cosine. @param pairs closest first */
function reaching(
  pairs: readonly ScoredPair[],
  cosines: readonly number[],
  weight: (pair: ScoredPair) => number,
): number[] {
  const sums = cosines.map(() => 0);
  const lowest = Math.min(...cosines);
  for (const pair of pairs) {
    if (pair.cosine < lowest) break;
    const weighed = weight(pair);
    if (weighed === 0) continue;
    cosines.forEach((cosine, i) => {
      if (pair.cosine >= cosine) sums[i]! += weighed;
    });
  }
  return sums;
}

/** Pairs of photographs of different people, each person taken as often as its weight says. */
function strangersOf(weights: Float64Array, photographs: Float64Array): number {
  let [sum, squares] = [0, 0];
  weights.forEach((weight, i) => {
    const taken = weight * photographs[i]!;
    sum += taken;
    squares += taken * taken;
  });
  return (sum * sum - squares) / 2;
}

function middle(values: readonly number[]): Interval {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return { low: at(OUTSIDE), high: at(1 - OUTSIDE) };
}
