/** How far what two checkouts see lies apart. */
import { expect, test } from 'vitest';
import { differencesOf, larger, NONE } from './against/differences.ts';

const face = {
  places: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
  vector: Float32Array.of(1, 0),
  judged: [99, 1, 2, 3, 80, 90],
};

test('the largest of all faces, each kind for itself', () => {
  const moved = { ...face, places: [0.1, 0.25, 0.3, 0.4, 0.5, 0.6] };
  const turned = { ...face, vector: Float32Array.of(0.6, 0.8), judged: [99, 1, 2, 3, 80, 92] };
  const differences = differencesOf([face, face, face], [face, moved, turned]);
  expect(differences?.boxes).toBeCloseTo(0.05);
  expect(differences?.landmarks).toBe(0);
  expect(differences?.vectors).toBeCloseTo(0.8);
  expect(differences?.cosine).toBeCloseTo(0.4);
  expect(differences?.judged).toBeCloseTo(2);
  expect(larger(differences!, NONE)).toEqual(differences);
});

test('of other numbers of faces there are none', () => {
  expect(differencesOf([], [])).toEqual(NONE);
  expect(differencesOf([face], [])).toBeUndefined();
});
