/** What similarities mean, the calibrations that give them their meaning, and the quality filter's levels. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BUILT_IN_ENTRIES,
  CalibrationError,
  calibratedMap,
  FaceModelMissingError,
  FaceModels,
  faceModel,
  type QualityFilter,
  qualityReasons,
  rateOfSimilarity,
  similarityOfRate,
} from '../../layers/inference/index.ts';

describe('the scale', () => {
  test.each([
    [1, 0],
    [1e-3, 40],
    [1e-4, 60],
    [1e-5, 80],
    [1e-6, 99],
    [1e-7, 99.9],
    // Straight lines between, in the logarithm: half way.
    [10 ** -1.5, 20],
    [10 ** -4.5, 70],
    [10 ** -5.5, 89.5],
    [10 ** -6.5, 99.45],
  ])('calls %f of strangers %f', (rate, similarity) => {
    expect(similarityOfRate(rate)).toBeCloseTo(similarity, 9);
    expect(Math.log10(rateOfSimilarity(similarity))).toBeCloseTo(Math.log10(rate), 9);
  });

  test('claims no rate beyond one in ten million', () => {
    expect(similarityOfRate(1e-9)).toBe(99.9);
    expect(similarityOfRate(0)).toBe(99.9);
    expect(rateOfSimilarity(100)).toBe(1e-7);
  });

  test('falls with the rate, and inverts', () => {
    const exponent = fc.double({ min: -7, max: 0, noNaN: true });
    fc.assert(
      fc.property(exponent, exponent, (a, b) => {
        fc.pre(Math.abs(a - b) > 1e-9);
        expect(similarityOfRate(10 ** a) > similarityOfRate(10 ** b)).toBe(a < b);
        expect(Math.log10(rateOfSimilarity(similarityOfRate(10 ** a)))).toBeCloseTo(a, 9);
      }),
    );
  });
});

describe.each(BUILT_IN_ENTRIES.map((entry) => [entry.version, entry] as const))(
  'face model %s',
  (version, { calibration, dimension }) => {
    const model = faceModel(version);

    test('has vectors that can be stored', () => {
      expect(dimension).toBeGreaterThanOrEqual(64);
      expect(dimension).toBeLessThanOrEqual(1024);
    });

    test('the same face is 100, the opposite 0, and half of all strangers are below 5', () => {
      expect(model.similarity(1)).toBe(100);
      expect(model.similarity(1.0000001)).toBe(100);
      expect(model.similarity(-1)).toBe(0);
      expect(model.similarity(Number.NaN)).toBe(0);
      expect(model.similarity(0)).toBeLessThan(10);
    });

    test('gives each measured cosine the similarity of its rate', () => {
      for (const { cosine, rate } of calibration!.knots) {
        expect(model.similarity(cosine)).toBeCloseTo(similarityOfRate(rate), 9);
        expect(model.cosineAt(similarityOfRate(rate))).toBeCloseTo(cosine, 9);
      }
      const rates = calibration!.knots.map(({ rate }) => rate);
      expect(rates).toEqual(expect.arrayContaining([1e-3, 1e-4, 1e-5, 1e-6, 1e-7]));
    });

    test('ranks as the cosine does, and inverts', () => {
      const cosine = fc.double({ min: -1, max: 1, noNaN: true });
      fc.assert(
        fc.property(cosine, cosine, (a, b) => {
          fc.pre(Math.abs(a - b) > 1e-9);
          expect(model.similarity(a) > model.similarity(b)).toBe(a > b);
          expect(model.cosineAt(model.similarity(a))).toBeCloseTo(a, 9);
        }),
      );
    });
  },
);

describe('face model 1.0', () => {
  const model = faceModel('1.0');

  test('gives vectors of 192 numbers', () => {
    expect(model).toMatchObject({ version: '1.0', dimension: 192 });
  });

  // Cosines at which strangers outside the photographs of the calibration (3,663 other people of LFW, 19.1 million
  // pairs) reach the rates that 40, 60, 80 and 99 stand for.
  test.each([
    [40, 0.451],
    [60, 0.531],
    [80, 0.594],
    [99, 0.638],
  ])('%i means the same for people it was not calibrated on', (similarity, cosine) => {
    expect(Math.abs(model.cosineAt(similarity) - cosine)).toBeLessThan(0.01);
  });
});

describe('face models', () => {
  const [entry] = BUILT_IN_ENTRIES;
  const added = { ...entry!, version: 'other', calibration: undefined };

  test('that are not installed are an error that names those that are', () => {
    expect(() => faceModel('0.0')).toThrow(FaceModelMissingError);
    expect(() => faceModel('0.0')).toThrow('The face model 0.0 is not installed; there are 1.0.');
  });

  test('without a calibration may be embedded with, but not be searched with or be the default', () => {
    const models = new FaceModels([entry!, added], '1.0');
    expect(models.embedder('other')).toBe(added.embedder);
    expect(() => models.get('other')).toThrow(/no calibration.*recollect models calibrate/);
    expect(() => new FaceModels([entry!, added], 'other')).toThrow(FaceModelMissingError);
  });
});

describe('a calibration', () => {
  const knots = [
    { cosine: 0, rate: 1e-1 },
    { cosine: 0.5, rate: 1e-5 },
  ];

  test('is linear between its knots and constant beyond the cosines there are', () => {
    const { similarity, cosineAt } = calibratedMap({ knots });
    expect(similarity(0)).toBeCloseTo(40 / 3);
    expect(similarity(0.25)).toBeCloseTo((40 / 3 + 80) / 2);
    expect(similarity(-0.5)).toBeCloseTo(20 / 3);
    expect(similarity(0.75)).toBeCloseTo(90);
    expect(similarity(-1.2)).toBe(0);
    expect(cosineAt(90)).toBeCloseTo(0.75);
  });

  test.each([
    ['rates that do not fall', [knots[0]!, { cosine: 0.5, rate: 1e-1 }]],
    ['cosines that do not rise', [knots[0]!, { cosine: 0, rate: 1e-5 }]],
    ['a rate of one, which every cosine has', [{ cosine: 0, rate: 1 }]],
    [
      'more than one rate beyond the scale',
      [knots[0]!, { cosine: 0.6, rate: 1e-8 }, { cosine: 0.7, rate: 1e-9 }],
    ],
    ['a cosine of one', [{ cosine: 1, rate: 1e-5 }]],
    ['what is no number', [{ cosine: Number.NaN, rate: 1e-5 }]],
  ])('refuses %s', (_, bad) => {
    expect(() => calibratedMap({ knots: bad })).toThrow(CalibrationError);
  });
});

describe('qualityReasons', () => {
  const size = { width: 1000, height: 800 };
  const good = {
    box: { left: 0.3, top: 0.3, width: 0.2, height: 0.3 },
    confidence: 99.9,
    presence: 1,
    agreement: 1,
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
  const legible = { norm: 70, symmetry: 0.98, visibility: 0.99 };

  test.each(levels)('%s passes a good face', (level) => {
    expect(qualityReasons(good, size, level, legible)).toEqual([]);
  });

  test.each(['norm', 'symmetry', 'visibility', 'agreement'] as const)(
    'a vector without %s is no vector to keep',
    (measure) => {
      for (const level of levels) {
        const face = measure === 'agreement' ? { ...good, agreement: 0 } : good;
        const reading = measure === 'agreement' ? legible : { ...legible, [measure]: 0 };
        expect(qualityReasons(face, size, level, reading), level).toEqual(['LOW_FACE_QUALITY']);
        expect(qualityReasons(face, size, 'NONE', reading)).toEqual([]);
      }
    },
  );

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
      agreement: fc.double({ min: 0, max: 1, noNaN: true }),
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
    const legibility = fc.record({
      norm: fc.double({ min: 20, max: 90, noNaN: true }),
      symmetry: fc.double({ min: 0.8, max: 1, noNaN: true }),
      visibility: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(face, legibility, (anyFace, anyLegibility) => {
        const order: readonly QualityFilter[] = ['NONE', ...levels];
        const reasons = order.map((level) => qualityReasons(anyFace, size, level, anyLegibility));
        reasons.slice(1).forEach((stricter, i) => {
          expect(stricter).toEqual(expect.arrayContaining(reasons[i]!));
        });
      }),
    );
  });
});
