/**
 * How well people are told apart by what is stored of them: open-set identification, with the measures of
 * ISO/IEC 19795-1. Pure arithmetic.
 */

export interface Person {
  readonly name: string;
  /** Vectors of the pictures that are enrolled, at least one. */
  readonly enrolled: readonly Float32Array[];
  /** Vectors of pictures that are held out. */
  readonly probes: readonly Float32Array[];
}

export interface Split {
  readonly people: readonly Person[];
  /** Vectors of people of whom nothing is enrolled. */
  readonly strangers: readonly Float32Array[];
}

export interface Identification {
  /** The share of probes for whom their own person scores best. */
  readonly rank1: number;
  /** That share, of those that also score above the threshold. */
  readonly truePositive: number;
  /** At which the given share of strangers is taken for somebody. */
  readonly threshold: number;
}

/** How much a probe is like a person. */
export type Score = (probe: Float32Array, person: Person) => number;

/**
 * Everybody of whom there are at least three pictures is enrolled with the first ones, at most `most` and
 * all but one; the rest are probes. All others are strangers.
 */
export function splitPeople(
  vectors: ReadonlyMap<string, readonly Float32Array[]>,
  most: number,
): Split {
  const people: Person[] = [];
  const strangers: Float32Array[] = [];
  for (const [name, pictures] of vectors) {
    const enrolled = Math.min(most, pictures.length - 1);
    if (pictures.length < 3) strangers.push(...pictures);
    else
      people.push({
        name,
        enrolled: pictures.slice(0, enrolled),
        probes: pictures.slice(enrolled),
      });
  }
  return { people, strangers };
}

/** @param falsePositive the share of strangers who may be taken for somebody, 0..1 */
export function identify(
  { people, strangers }: Split,
  score: Score,
  falsePositive: number,
): Identification {
  const best = (probe: Float32Array) =>
    people
      .map((person) => ({ person, value: score(probe, person) }))
      .reduce((a, b) => (b.value > a.value ? b : a));
  const values = strangers.map((probe) => best(probe).value).sort((a, b) => b - a);
  const threshold = values[Math.floor(values.length * falsePositive)] ?? -1;
  const right = people.flatMap((person) =>
    person.probes.flatMap((probe) => {
      const found = best(probe);
      return found.person === person ? [found.value] : [];
    }),
  );
  const probes = people.reduce((sum, person) => sum + person.probes.length, 0);
  return {
    rank1: right.length / probes,
    truePositive: right.filter((value) => value > threshold).length / probes,
    threshold,
  };
}
