/**
 * What a search in a collection of N people has to expect, and what was found by searching.
 *
 * By definition of the scale a search meets N times the rate of a similarity in strangers. The share of people who
 * are found does not depend on N as long as MaxFaces leaves room. Both are measured on as many people as there are.
 */
import { rateOfSimilarity, userVector } from '../../layers/inference/index.ts';
import type { EmbeddedPhotograph } from '../../models/calibrate/embeddings.ts';
import { dot } from '../../models/calibrate/scores.ts';

export const SIZES = [100, 1000, 10_000, 100_000, 1_000_000] as const;
export const THRESHOLDS = [60, 80, 95, 99] as const;

/** Strangers to expect in one search among `size` people of whom the searched one is none. */
export function strangersExpected(size: number, similarity: number): number {
  return size * rateOfSimilarity(similarity);
}

export interface OpenSet {
  readonly enrolled: number;
  readonly searches: number;
  /** At each cosine. */
  readonly found: readonly number[];
  /** Wrong people a search returns, on average. */
  readonly strangers: readonly number[];
  /** The share of searches by people of whom nothing is enrolled that return somebody. */
  readonly falseAlarms: readonly number[];
}

/**
 * Enrols everybody with up to `faces` photographs, all but one where there are several, as a user's vector, and
 * searches with every photograph that is left.
 */
export function searchEverybody(
  photographs: readonly EmbeddedPhotograph[],
  isOnePerson: (a: string, b: string) => boolean,
  faces: number,
  cosines: readonly number[],
): OpenSet {
  const people = new Map<string, Float32Array[]>();
  for (const { person, embedding } of photographs) {
    people.set(person, [...(people.get(person) ?? []), embedding!.vector]);
  }
  const gallery: { name: string; vector: Float32Array }[] = [];
  const probes: { name: string; vector: Float32Array }[] = [];
  for (const [name, vectors] of people) {
    const enrolled = Math.min(faces, Math.max(1, vectors.length - 1));
    // Where users are asked for, only people with enough photographs are searched for.
    gallery.push({ name, vector: userVector(vectors.slice(0, enrolled)) });
    if (enrolled < faces) continue;
    for (const vector of vectors.slice(enrolled)) probes.push({ name, vector });
  }
  const found = cosines.map(() => 0);
  const strangers = cosines.map(() => 0);
  const alarms = cosines.map(() => 0);
  for (const probe of probes) {
    const wrong = cosines.map(() => 0);
    for (const { name, vector } of gallery) {
      const isSelf = name === probe.name;
      if (!isSelf && isOnePerson(name, probe.name)) continue;
      const cosine = dot(probe.vector, vector);
      cosines.forEach((least, i) => {
        if (cosine < least) return;
        if (isSelf) found[i]!++;
        else wrong[i]!++;
      });
    }
    wrong.forEach((count, i) => {
      strangers[i]! += count;
      if (count > 0) alarms[i]!++;
    });
  }
  const share = (count: number) => count / probes.length;
  return {
    enrolled: gallery.length,
    searches: probes.length,
    found: found.map(share),
    strangers: strangers.map(share),
    falseAlarms: alarms.map(share),
  };
}
