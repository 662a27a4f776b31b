/** The benches' own arithmetic: verification rates, folds, and the matching of boxes to labels. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Rectangle, turned } from './detection-labels.ts';
import { match } from './matching.ts';
import { allPairs, crossValidate, rateAt, thresholdAt } from './verification.ts';

const score = fc.float({ min: -1, max: 1, noNaN: true });

describe('verification', () => {
  test('each fold is judged by the threshold of the others', () => {
    const fold = (genuine: number[], impostor: number[]) => [
      ...genuine.map((value) => ({ score: value, same: true })),
      ...impostor.map((value) => ({ score: value, same: false })),
    ];
    const results = crossValidate([
      fold([0.9, 0.8], [0.1, 0.2]),
      fold([0.7, 0.6], [0.3, 0.2]),
      fold([0.95, 0.9], [0.75, 0.1]),
    ]);
    expect(results.map(({ accuracy }) => accuracy)).toEqual([1, 0.5, 0.75]);
    [0.45, 0.775, 0.45].forEach((threshold, i) => {
      expect(results[i]!.threshold).toBeCloseTo(threshold);
    });
  });

  test('no threshold lies between equal scores', () => {
    const tied = [
      { score: 0.5, same: false },
      { score: 0.5, same: true },
      { score: 0.9, same: true },
    ];
    const [result] = crossValidate([tied, tied]);
    expect(result!.accuracy).toBeCloseTo(2 / 3);
  });

  test('rates and thresholds agree with counting', () => {
    fc.assert(
      fc.property(
        fc.float32Array({ noNaN: true, min: -1, max: 1, minLength: 1 }),
        score,
        (scores, at) => {
          const ascending = scores.toSorted();
          expect(rateAt(ascending, at)).toBe(scores.filter((s) => s >= at).length / scores.length);
        },
      ),
    );
  });

  test('the threshold for a rate lets no more through, and a lower one would', () => {
    const values = fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 2 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 0.99, noNaN: true }), (numbers, rate) => {
        const impostor = Float32Array.from(numbers, (n) => n / 1000).sort();
        const threshold = thresholdAt({ genuine: impostor, impostor }, rate);
        const allowed = Math.floor(rate * impostor.length);
        expect(rateAt(impostor, threshold) * impostor.length).toBeCloseTo(allowed, 6);
      }),
    );
  });

  test('all pairs are scored once each, sorted, by who is in them', () => {
    const vector = (x: number, y: number) => Float32Array.from([x, y]);
    const pairs = allPairs(
      [vector(1, 0), vector(0.6, 0.8), vector(0, 1), undefined],
      ['a', 'a', 'b', 'b'],
    );
    expect([...pairs.genuine]).toEqual([-1, Math.fround(0.6)]);
    expect([...pairs.impostor]).toEqual([-1, -1, 0, Math.fround(0.8)]);
  });
});

describe('matching', () => {
  const face: Rectangle = [10, 10, 40, 50];

  test('pairs each detection with one face, best overlap first', () => {
    const near: Rectangle = [12, 11, 40, 50];
    const outcome = match([near, face], { faces: [face], ignored: [] }, 16);
    expect(outcome).toEqual({ found: [face], missed: [], wrong: [near] });
  });

  test('counts nothing below the smallest size and nothing on what is ignored', () => {
    const tiny: Rectangle = [200, 200, 8, 10];
    const blurred: Rectangle = [300, 300, 40, 40];
    const outcome = match(
      [
        [100, 0, 9, 9],
        [305, 305, 20, 20],
      ],
      { faces: [face, tiny], ignored: [blurred] },
      16,
    );
    expect(outcome).toEqual({ found: [], missed: [face], wrong: [] });
  });

  test('labels turn with their picture, and four turns are none', () => {
    const picture = {
      file: 'a',
      category: 'b',
      width: 100,
      height: 60,
      faces: [face],
      ignored: [],
    };
    expect(turned(picture, 1)).toMatchObject({ width: 60, height: 100, faces: [[0, 10, 50, 40]] });
    expect(turned(picture, 4)).toEqual(picture);
  });
});
