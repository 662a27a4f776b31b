/** Measures against their definitions, counted by brute force or by hand. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  areaUnderCurve,
  calibrationError,
  ratesOf,
  reliability,
} from '../../../models/train/scores.ts';

// Few distinct values, so that there are ties.
const judged = fc.array(
  fc.record({ probability: fc.integer({ min: 0, max: 6 }).map((n) => n / 6), truth: fc.boolean() }),
  { maxLength: 40 },
);

describe('areaUnderCurve', () => {
  test('is the share of pairs in which the positive scores higher, ties counting half', () => {
    const bothClasses = judged.filter(
      (list) => list.some(({ truth }) => truth) && list.some(({ truth }) => !truth),
    );
    fc.assert(
      fc.property(bothClasses, (list) => {
        const positives = list.filter(({ truth }) => truth);
        const negatives = list.filter(({ truth }) => !truth);
        let won = 0;
        for (const { probability: p } of positives) {
          for (const { probability: n } of negatives) won += p > n ? 1 : p === n ? 0.5 : 0;
        }
        const share = won / (positives.length * negatives.length);
        expect(areaUnderCurve(list)).toBeCloseTo(share, 12);
      }),
    );
  });
});

test('rates of a table counted by hand', () => {
  const of = (probability: number, truth: boolean, times: number) =>
    Array.from({ length: times }, () => ({ probability, truth }));
  // 6 hits, 2 misses, 3 false alarms, 9 rightly not; one half is a no.
  const rates = ratesOf([
    ...of(0.9, true, 6),
    ...of(0.5, true, 2),
    ...of(0.6, false, 3),
    ...of(0.1, false, 9),
  ]);
  expect(rates).toEqual({
    positives: 8,
    accuracy: 15 / 20,
    precision: 6 / 9,
    recall: 6 / 8,
    f1: 12 / 17,
  });
});

describe('reliability', () => {
  const answers = [
    { confidence: 0.55, right: true },
    { confidence: 0.65, right: false },
    { confidence: 0.85, right: true },
    { confidence: 0.95, right: true },
    { confidence: 1, right: false },
  ];

  test('counts every answer once, edges in the upper bin, the last edge in the last', () => {
    const bins = reliability([...answers, { confidence: 0.75, right: true }], [0.5, 0.75, 1]);
    expect(bins.map(({ count }) => count)).toEqual([2, 4]);
    expect(bins[0]).toMatchObject({ from: 0.5, to: 0.75, right: 0.5 });
    expect(bins[0]!.confidence).toBeCloseTo(0.6);
  });

  test('calibration error of a table computed by hand', () => {
    // |0.6 - 1/2| * 2/5 + |2.8/3 - 2/3| * 3/5, and the empty bin counts nothing.
    const error = calibrationError(answers, [0, 0.5, 0.75, 1]);
    expect(error).toBeCloseTo(0.1 * 0.4 + (2.8 / 3 - 2 / 3) * 0.6, 12);
  });

  test('says who is sure and right half the time by how much', () => {
    const sure = Array.from({ length: 10 }, (_, i) => ({ confidence: 0.9, right: i % 2 === 0 }));
    expect(calibrationError(sure, [0, 1])).toBeCloseTo(0.4, 12);
  });
});
