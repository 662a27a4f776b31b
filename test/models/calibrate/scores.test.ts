/** All comparisons and their intervals, against counting one by one and against a binomial's known error. */
import { describe, expect, it } from 'vitest';
import type { EmbeddedPhotograph } from '../../../models/calibrate/embeddings.ts';
import { intervalsAt } from '../../../models/calibrate/intervals.ts';
import { compareAll } from '../../../models/calibrate/scores.ts';
import { Random } from '../../support/random.ts';

const nobody = { isOnePerson: () => false };

function crowd(people: number, each: number, seed: number, dimension = 64): EmbeddedPhotograph[] {
  const random = new Random(seed).next;
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: people }, (_, person) => {
    const centre = Array.from({ length: dimension }, normal);
    return Array.from({ length: each }, (_, n): EmbeddedPhotograph => {
      const raw = centre.map((value) => value + 0.5 * normal());
      const length = Math.hypot(...raw);
      const vector = Float32Array.from(raw, (value) => value / length);
      return {
        person: `p${person}`,
        file: `p${person}/${n}.jpg`,
        embedding: { vector, norm: 1, symmetry: 1 },
      };
    });
  }).flat();
}

describe('compareAll', () => {
  const photographs = crowd(80, 3, 1);
  const cosines = photographs.flatMap((a, i) =>
    photographs.slice(i + 1).map((b) => ({
      same: a.person === b.person,
      cosine: a.embedding!.vector.reduce((sum, v, k) => sum + v * b.embedding!.vector[k]!, 0),
    })),
  );
  const strangers = cosines.filter(({ same }) => !same).map(({ cosine }) => cosine);
  const genuine = cosines.filter(({ same }) => same).map(({ cosine }) => cosine);
  const share = (values: number[], at: number) =>
    values.filter((value) => value >= at).length / values.length;

  it('counts what a loop over all pairs counts', () => {
    const scores = compareAll(photographs, nobody);
    expect(scores.strangers).toBe(strangers.length);
    expect(scores.genuine).toHaveLength(genuine.length);
    for (const at of [-0.2, 0, 0.1, 0.25, 0.4, 0.8]) {
      expect(scores.trueRateAt(at)).toBeCloseTo(share(genuine, at), 3);
      expect(scores.rateAt(at)).toBeCloseTo(share(strangers, at), 3);
    }
  });

  it('finds the lowest cosine at which a rate is kept', () => {
    const scores = compareAll(photographs, nobody);
    for (const rate of [0.5, 0.1, 0.01, 0.001]) {
      const at = scores.cosineAt(rate);
      expect(share(strangers, at)).toBeLessThanOrEqual(rate);
      expect(share(strangers, at - 1e-3)).toBeGreaterThan(rate * 0.9);
    }
  });

  it('leaves out two names that are one person, and photographs without a face', () => {
    const isOnePerson = (a: string, b: string) => [a, b].sort().join() === 'p0,p1';
    const hidden = { person: 'p2', file: 'p2/dark.jpg', embedding: undefined };
    const scores = compareAll([...photographs, hidden], { isOnePerson });
    expect(scores.strangers).toBe(strangers.length - 9);
    expect(scores.faceless).toEqual([hidden]);
  });
});

it('an interval holds the true rate about as often as it says', () => {
  const crowds = Array.from({ length: 60 }, (_, i) => compareAll(crowd(60, 2, 100 + i), nobody));
  const at = crowds[0]!.cosineAt(5e-3);
  const rates = crowds.map((scores) => scores.rateAt(at));
  const truth = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const held = crowds.filter((scores, i) => {
    const [interval] = intervalsAt(scores, [at], new Random(i).next);
    return interval!.falseMatch!.low <= truth && truth <= interval!.falseMatch!.high;
  });
  // 95 % of 60 are 57; pairs taken for independent would hold it in about half.
  expect(held.length).toBeGreaterThanOrEqual(50);
});
