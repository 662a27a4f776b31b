/** What was seen of people in one condition, and the rates it comes to. Pure. */
import { cosine } from '../verification.ts';

/** A face that was found where it was expected. */
export interface Sight {
  /** Whether the quality filter AUTO lets it pass. */
  readonly auto: boolean;
  /** Degrees, 0..180, between the roll that was read and the one that was to be expected. */
  readonly rollError: number;
  readonly vector: Float32Array;
}

/** One person: a clean photograph, and another one in each condition in which the face was found. */
export interface Subject {
  readonly person: string;
  readonly enrolled: Float32Array;
  readonly sights: ReadonlyMap<string, Sight>;
}

export interface Count {
  readonly part: number;
  readonly whole: number;
}

/** At one threshold. */
export interface MatchRates {
  /** Accepted against the clean photograph, of all people: who is not found is not accepted. */
  readonly tar: Count;
  /** Accepted of those that AUTO lets pass. */
  readonly tarAuto: Count;
  /** Pairs of different people, both in this condition, that are taken for one person. */
  readonly fmr: Count;
  /** The same for pairs of which AUTO lets both pass. */
  readonly fmrAuto: Count;
}

export interface Rates {
  readonly found: Count;
  /** Of those found. */
  readonly auto: Count;
  /** Of those found, whose roll is read more than {@link ROLL_TOLERANCE} off. */
  readonly rollOff: Count;
  /** At each threshold, in order. */
  readonly matches: readonly MatchRates[];
}

/** Degrees. */
export const ROLL_TOLERANCE = 30;

/** @param thresholds cosines from which on two faces are taken for one person. */
export function ratesOf(
  subjects: readonly Subject[],
  condition: string,
  thresholds: readonly number[],
): Rates {
  const seen = subjects.flatMap(({ enrolled, sights }) => {
    const sight = sights.get(condition);
    return sight ? [{ ...sight, genuine: cosine(sight.vector, enrolled) }] : [];
  });
  const passed = seen.filter(({ auto }) => auto);
  const strangers = countMatches(seen, thresholds);
  const strangersPassed = countMatches(passed, thresholds);
  return {
    found: { part: seen.length, whole: subjects.length },
    auto: { part: passed.length, whole: seen.length },
    rollOff: {
      part: seen.filter(({ rollError }) => rollError > ROLL_TOLERANCE).length,
      whole: seen.length,
    },
    matches: thresholds.map((threshold, i) => {
      const accepted = (list: typeof seen) =>
        list.filter(({ genuine }) => genuine >= threshold).length;
      return {
        tar: { part: accepted(seen), whole: subjects.length },
        tarAuto: { part: accepted(passed), whole: passed.length },
        fmr: { part: strangers[i]!, whole: pairsOf(seen.length) },
        fmrAuto: { part: strangersPassed[i]!, whole: pairsOf(passed.length) },
      };
    }),
  };
}

/** Several conditions as one, each face and each pair of faces in the same condition counted. */
export function pooled(rates: readonly [Rates, ...Rates[]]): Rates {
  const sum = (count: (one: Rates) => Count): Count =>
    rates.map(count).reduce((a, b) => ({ part: a.part + b.part, whole: a.whole + b.whole }));
  const sumAt = (at: number, kind: keyof MatchRates) => sum((one) => one.matches[at]![kind]);
  return {
    found: sum(({ found }) => found),
    auto: sum(({ auto }) => auto),
    rollOff: sum(({ rollOff }) => rollOff),
    matches: rates[0].matches.map((_, at) => ({
      tar: sumAt(at, 'tar'),
      tarAuto: sumAt(at, 'tarAuto'),
      fmr: sumAt(at, 'fmr'),
      fmrAuto: sumAt(at, 'fmrAuto'),
    })),
  };
}

/** @returns for each threshold, how many pairs of the faces reach it. */
function countMatches(faces: readonly Sight[], thresholds: readonly number[]): number[] {
  const counts = thresholds.map(() => 0);
  const lowest = Math.min(...thresholds);
  for (let i = 0; i < faces.length; i++) {
    for (let j = i + 1; j < faces.length; j++) {
      const score = cosine(faces[i]!.vector, faces[j]!.vector);
      if (score < lowest) continue;
      thresholds.forEach((threshold, at) => {
        if (score >= threshold) counts[at]!++;
      });
    }
  }
  return counts;
}

function pairsOf(faces: number): number {
  return (faces * faces - faces) / 2;
}
