/** The measures of identification, on cases that can be worked out by hand. */
import { expect, it } from 'vitest';
import { identify, type Person, splitPeople } from './identification.ts';

const at = (degrees: number) =>
  Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));
const nearness = (probe: Float32Array, { enrolled: [first] }: Person) =>
  (probe[0] ?? 0) * (first?.[0] ?? 0) + (probe[1] ?? 0) * (first?.[1] ?? 0);

it('enrols the first pictures of whoever has three, and leaves one at least', () => {
  const pictures = (count: number) => Array.from({ length: count }, (_, i) => at(i));
  const split = splitPeople(
    new Map([
      ['two', pictures(2)],
      ['three', pictures(3)],
      ['nine', pictures(9)],
    ]),
    5,
  );
  const sizes = split.people.map(({ name, enrolled, probes }) => [
    name,
    enrolled.length,
    probes.length,
  ]);
  expect(sizes).toEqual([
    ['three', 2, 1],
    ['nine', 5, 4],
  ]);
  expect(split.strangers).toHaveLength(2);
});

it('counts who is found, and who is found above what one stranger in ten reaches', () => {
  const people: Person[] = [
    { name: 'a', enrolled: [at(0)], probes: [at(5), at(40), at(80)] },
    { name: 'b', enrolled: [at(90)], probes: [at(91)] },
  ];
  // The stranger nearest to anybody is 20 degrees away, the next one 30.
  const strangers = [20, ...Array.from({ length: 9 }, () => -30)].map(at);
  const found = identify({ people, strangers }, nearness, 0.1);
  expect(found.rank1).toBe(3 / 4);
  expect(found.threshold).toBeCloseTo(Math.cos(Math.PI / 6));
  expect(found.truePositive).toBe(2 / 4);
  const strict = identify({ people, strangers }, nearness, 0);
  expect(strict.threshold).toBeCloseTo(Math.cos(Math.PI / 9));
});
