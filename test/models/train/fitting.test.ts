/** The training's mathematics against closed forms, optimality conditions and brute force. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitPlatt, fitTemperature } from '../../../models/train/calibrate.ts';
import { foldsOf } from '../../../models/train/folds.ts';
import { personIn } from '../../../models/train/labels.ts';
import { minimise } from '../../../models/train/lbfgs.ts';
import { fitLogistic, type Problem, sigmoid } from '../../../models/train/logistic.ts';
import { Random } from '../../support/random.ts';

const EXACT = { iterations: 2000, tolerance: 1e-9 };

describe('minimise', () => {
  test('finds the minimum of a quadratic, which solves a linear system', () => {
    // 1/2 xAx - bx with A = [[4, 1], [1, 3]], b = [1, 2]: x = [1/11, 7/11].
    const found = minimise(
      ([x = 0, y = 0], gradient) => {
        gradient[0] = 4 * x + y - 1;
        gradient[1] = x + 3 * y - 2;
        return 2 * x * x + x * y + 1.5 * y * y - x - 2 * y;
      },
      Float64Array.of(100, -50),
      EXACT,
    );
    expect(found[0]).toBeCloseTo(1 / 11, 8);
    expect(found[1]).toBeCloseTo(7 / 11, 8);
  });

  test("gets through Rosenbrock's valley", () => {
    const found = minimise(
      ([x = 0, y = 0], gradient) => {
        gradient[0] = -2 * (1 - x) - 400 * x * (y - x * x);
        gradient[1] = 200 * (y - x * x);
        return (1 - x) ** 2 + 100 * (y - x * x) ** 2;
      },
      Float64Array.of(-1.2, 1),
      EXACT,
    );
    expect(found[0]).toBeCloseTo(1, 6);
    expect(found[1]).toBeCloseTo(1, 6);
  });
});

describe('fitLogistic', () => {
  const problem = (
    rows: readonly (readonly number[])[],
    classes: readonly number[],
    options: Partial<Problem> = {},
  ): Problem => ({
    inputs: {
      values: Float32Array.from(rows.flat()),
      rows: rows.length,
      columns: rows[0]!.length,
    },
    classes,
    importance: classes.map(() => 1),
    classCount: 2,
    penalty: 0,
    ...options,
  });

  test('of one yes-or-no input, the log odds of each side', () => {
    // Of the zeros 1 in 4 is of class 1, of the ones 2 in 3.
    const rows = [[0], [0], [0], [0], [1], [1], [1]];
    const { weights, biases } = fitLogistic(problem(rows, [1, 0, 0, 0, 1, 1, 0]), EXACT);
    expect(biases[0]).toBeCloseTo(Math.log(1 / 3), 6);
    expect(biases[0]! + weights[0]!).toBeCloseTo(Math.log(2), 6);
  });

  test('a row that counts twice is a row that is there twice', () => {
    const once = problem([[0], [1], [2], [3]], [0, 1, 0, 1], { penalty: 0.5 });
    const importance = [1, 2, 1, 1];
    const twice = problem([[0], [1], [1], [2], [3]], [0, 1, 1, 0, 1], { penalty: 0.5 });
    const [a, b] = [fitLogistic({ ...once, importance }, EXACT), fitLogistic(twice, EXACT)];
    expect(a.weights[0]).toBeCloseTo(b.weights[0]!, 7);
    expect(a.biases[0]).toBeCloseTo(b.biases[0]!, 7);
  });

  test('separates what can be separated, and the penalty keeps the weights finite', () => {
    const rows = [
      [0, 1],
      [1, 2],
      [2, 0],
      [3, 1],
    ];
    const strict = fitLogistic(problem(rows, [0, 0, 1, 1], { penalty: 0.01 }), EXACT);
    const score = ([x = 0, y = 0]: readonly number[]) =>
      strict.biases[0]! + strict.weights[0]! * x + strict.weights[1]! * y;
    expect(rows.map((row) => score(row) > 0)).toEqual([false, false, true, true]);
    const stricter = fitLogistic(problem(rows, [0, 0, 1, 1], { penalty: 10 }), EXACT);
    expect(Math.hypot(...stricter.weights)).toBeLessThan(Math.hypot(...strict.weights) / 5);
  });

  test('stands where the penalised likelihood is flat, for two classes and for more', () => {
    const random = new Random(7);
    for (const classCount of [2, 3]) {
      const rows = Array.from({ length: 60 }, () => [random.next(), random.next(), random.next()]);
      const classes = rows.map(() => random.below(classCount));
      const penalty = 0.3;
      const { weights, biases } = fitLogistic(
        problem(rows, classes, { classCount, penalty }),
        EXACT,
      );
      const loss = (w: ArrayLike<number>, b: ArrayLike<number>) => {
        let sum = 0;
        for (let i = 0; i < w.length; i++) sum += (penalty / 2) * w[i]! ** 2;
        rows.forEach((row, n) => {
          const scores = Array.from(b, (bias, s) =>
            row.reduce((total, value, j) => total + Math.fround(value) * w[s * 3 + j]!, bias),
          );
          const all = scores.length === 1 ? [0, ...scores] : scores;
          const total = all.reduce((t, score) => t + Math.exp(score), 0);
          sum -= Math.log(Math.exp(all[classes[n]!]!) / total);
        });
        return sum;
      };
      const best = loss(weights, biases);
      for (let i = 0; i < weights.length; i++) {
        for (const step of [-0.01, 0.01]) {
          const moved = weights.map((value, at) => (at === i ? value + step : value));
          expect(loss(moved, biases)).toBeGreaterThan(best);
        }
      }
      for (let i = 0; i < biases.length; i++) {
        const moved = biases.map((value, at) => (at === i ? value + 0.01 : value));
        expect(loss(weights, moved)).toBeGreaterThan(best);
      }
    }
  });
});

describe('calibration', () => {
  test('recovers the odds that scores were drawn with', () => {
    const random = new Random(3);
    const scored = Array.from({ length: 5000 }, () => {
      const score = 6 * random.next() - 3;
      return { score, truth: random.chance(sigmoid(1.7 * score - 0.4)) };
    });
    const { slope, intercept } = fitPlatt(scored);
    // Two standard errors of the maximum likelihood are 0.1 here.
    expect(Math.abs(slope - 1.7)).toBeLessThan(0.15);
    expect(Math.abs(intercept + 0.4)).toBeLessThan(0.15);
  });

  test('of scores that say nothing is the base rate, drawn in by one of each class', () => {
    const scored = [true, true, true, false].map((truth) => ({ score: 0, truth }));
    const { intercept } = fitPlatt(scored);
    // Targets 4/5 for three, 1/3 for one.
    expect(sigmoid(intercept)).toBeCloseTo((3 * (4 / 5) + 1 / 3) / 4, 6);
  });

  test('never turns the ranking round', () => {
    const scored = fc.array(
      fc.record({ score: fc.double({ min: -5, max: 5, noNaN: true }), truth: fc.boolean() }),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(scored, (list) => {
        const { slope, intercept } = fitPlatt(list);
        expect(slope).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(intercept)).toBe(true);
      }),
    );
  });

  test('finds the temperature that a grid finds', () => {
    const random = new Random(11);
    const scored = Array.from({ length: 300 }, () => {
      const scores = [3 * random.next(), 3 * random.next(), 3 * random.next()];
      return {
        scores,
        truth: random.chance(0.6) ? scores.indexOf(Math.max(...scores)) : random.below(3),
      };
    });
    const loss = (factor: number) =>
      scored.reduce((sum, { scores, truth }) => {
        const total = scores.reduce((t, score) => t + Math.exp(score * factor), 0);
        return sum + Math.log(total) - scores[truth]! * factor;
      }, 0);
    const grid = Array.from({ length: 4000 }, (_, i) => 0.05 + i / 1000);
    const best = grid.reduce((a, b) => (loss(b) < loss(a) ? b : a));
    expect(fitTemperature(scored)).toBeCloseTo(best, 2);
  });
});

describe('folds', () => {
  const people = fc.array(fc.string({ maxLength: 4 }), { maxLength: 60 });

  test('are of even size, and a person is in one', () => {
    fc.assert(
      fc.property(people, fc.integer({ min: 1, max: 7 }), (names, count) => {
        const folds = foldsOf(names, count);
        expect([...folds.keys()].sort()).toEqual([...new Set(names)].sort());
        const sizes = Array.from(
          { length: count },
          (_, fold) => [...folds.values()].filter((value) => value === fold).length,
        );
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(foldsOf(names.toReversed(), count)).toEqual(folds);
      }),
    );
  });

  test('a person is what stands before the number', () => {
    expect(['Ann_Lee_0001.jpg', 'Ann_Lee_12.png', 'Bo.jpg'].map(personIn)).toEqual([
      'Ann_Lee',
      'Ann_Lee',
      'Bo.jpg',
    ]);
  });
});
