/** Splits by person. */
import { createHash } from 'node:crypto';

/**
 * @returns for each person a fold from 0, all of about the same number of people, drawn by the hash of
 * the name: whoever is added or left out moves few others.
 */
export function foldsOf(people: Iterable<string>, count: number): ReadonlyMap<string, number> {
  const order = (person: string) => createHash('sha256').update(person).digest('hex');
  const shuffled = [...new Set(people)]
    .map((person) => [order(person), person] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(shuffled.map(([, person], i) => [person, i % count]));
}
