/** The calibration of the installed face model, and the quality filter's levels. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkKnots, cosineAt, similarityAt } from '../../layers/inference/calibration.ts';
import {
  DEFAULT_FACE_MODEL,
  faceModel,
  type QualityFilter,
  qualityReasons,
} from '../../layers/inference/index.ts';

describe('face model', () => {
  const model = faceModel(DEFAULT_FACE_MODEL);

  test('1.0 gives vectors of 192 numbers', () => {
    expect(model).toMatchObject({ version: '1.0', dimension: 192 });
  });

  test('an unknown version is an error', () => {
    expect(() => faceModel('0.0')).toThrow(RangeError);
  });

  test('identical vectors are 100, unrelated ones 0', () => {
    expect(model.similarity(1)).toBe(100);
    expect(model.similarity(0)).toBe(0);
    expect(model.similarity(-1)).toBe(0);
  });

  // Cosines at which the false match rate over 7.3 million pairs of LFW reaches the documented ones:
  // 1e-3 at 0.451, 1e-5 at 0.593.
  test('80 is a false match rate of about 1e-3, 99 one of at most 1e-5', () => {
    expect(Math.abs(model.cosineAt(80) - 0.451)).toBeLessThan(0.005);
    expect(model.cosineAt(99)).toBeGreaterThanOrEqual(0.593);
    expect(model.cosineAt(99)).toBeLessThan(0.61);
  });

  test('ranks as the cosine does, and inverts', () => {
    const meaningful = fc.double({ min: 1e-6, max: 1, noNaN: true });
    fc.assert(
      fc.property(meaningful, meaningful, (a, b) => {
        fc.pre(Math.abs(a - b) > 1e-9);
        expect(model.similarity(a) > model.similarity(b)).toBe(a > b);
        expect(model.cosineAt(model.similarity(a))).toBeCloseTo(a, 9);
      }),
    );
  });
});

describe('calibration', () => {
  const knots = [
    { cosine: 0, similarity: 0 },
    { cosine: 0.5, similarity: 80 },
    { cosine: 1, similarity: 100 },
  ];

  test('is linear between its knots and constant beyond', () => {
    expect(similarityAt(knots, 0.25)).toBeCloseTo(40);
    expect(similarityAt(knots, 0.75)).toBeCloseTo(90);
    expect(similarityAt(knots, -0.2)).toBe(0);
    expect(similarityAt(knots, 1.0000001)).toBe(100);
    expect(cosineAt(knots, 90)).toBeCloseTo(0.75);
  });

  test.each([
    [[]],
    [[{ cosine: 0, similarity: 0 }]],
    [
      [
        { cosine: 0, similarity: 5 },
        { cosine: 1, similarity: 5 },
      ],
    ],
  ])('refuses knots that do not rise: %j', (bad) => {
    expect(() => checkKnots(bad)).toThrow(RangeError);
  });
});

describe('qualityReasons', () => {
  const size = { width: 1000, height: 800 };
  const good = {
    box: { left: 0.3, top: 0.3, width: 0.2, height: 0.3 },
    confidence: 99.9,
    presence: 1,
    pose: { roll: 5, yaw: 3, pitch: -4 },
    quality: { brightness: 75, sharpness: 90 },
  };
  const levels = ['LOW', 'AUTO', 'MEDIUM', 'HIGH'] as const;
  const bad = {
    EXTREME_POSE: { ...good, pose: { roll: 0, yaw: -80, pitch: 0 } },
    LOW_BRIGHTNESS: { ...good, quality: { brightness: 5, sharpness: 90 } },
    LOW_SHARPNESS: { ...good, quality: { brightness: 75, sharpness: 2 } },
    LOW_CONFIDENCE: { ...good, confidence: 50 },
    SMALL_BOUNDING_BOX: { ...good, box: { left: 0, top: 0, width: 0.008, height: 0.01 } },
    LOW_FACE_QUALITY: { ...good, presence: 0 },
  };

  test.each(levels)('%s passes a good face', (level) => {
    expect(qualityReasons(good, size, level)).toEqual([]);
  });

  test.each(Object.keys(bad) as (keyof typeof bad)[])(
    '%s is named by each level, and only it',
    (reason) => {
      for (const level of levels) {
        expect(qualityReasons(bad[reason], size, level), level).toEqual([reason]);
      }
      expect(qualityReasons(bad[reason], size, 'NONE')).toEqual([]);
    },
  );

  test('roll is no extreme pose: alignment undoes it', () => {
    const rolled = { ...good, pose: { roll: 170, yaw: 0, pitch: 0 } };
    expect(qualityReasons(rolled, size, 'HIGH')).toEqual([]);
  });

  test('a stricter level passes nothing that a more lenient one refuses', () => {
    const face = fc.record({
      box: fc.record({
        left: fc.constant(0),
        top: fc.constant(0),
        width: fc.double({ min: 0.001, max: 0.5, noNaN: true }),
        height: fc.double({ min: 0.001, max: 0.5, noNaN: true }),
      }),
      confidence: fc.double({ min: 80, max: 100, noNaN: true }),
      presence: fc.double({ min: 0, max: 1, noNaN: true }),
      pose: fc.record({
        roll: fc.constant(0),
        yaw: fc.double({ min: -90, max: 90, noNaN: true }),
        pitch: fc.double({ min: -90, max: 90, noNaN: true }),
      }),
      quality: fc.record({
        brightness: fc.double({ min: 0, max: 100, noNaN: true }),
        sharpness: fc.double({ min: 0, max: 100, noNaN: true }),
      }),
    });
    fc.assert(
      fc.property(face, (anyFace) => {
        const order: readonly QualityFilter[] = ['NONE', ...levels];
        const reasons = order.map((level) => qualityReasons(anyFace, size, level));
        reasons.slice(1).forEach((stricter, i) => {
          expect(stricter).toEqual(expect.arrayContaining(reasons[i]!));
        });
      }),
    );
  });
});
