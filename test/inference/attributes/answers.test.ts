/** What answers promise, whatever the heads say. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answer, type Evidence } from '../../../layers/inference/attributes/answers.ts';
import {
  ATTRIBUTES,
  type Attribute,
  type Attributes,
  EMOTION_TYPES,
} from '../../../layers/inference/index.ts';

const HEADS = [
  'eyeglasses',
  'sunglasses',
  'beard',
  'mustache',
  'smile',
  'mouthOpen',
  'eyesOpen',
  'occluded',
] as const;

/** The member that each attribute becomes. */
const MEMBERS = {
  AGE_RANGE: 'ageRange',
  GENDER: 'gender',
  EMOTIONS: 'emotions',
  SMILE: 'smile',
  EYEGLASSES: 'eyeglasses',
  SUNGLASSES: 'sunglasses',
  BEARD: 'beard',
  MUSTACHE: 'mustache',
  EYES_OPEN: 'eyesOpen',
  MOUTH_OPEN: 'mouthOpen',
  FACE_OCCLUDED: 'faceOccluded',
} as const satisfies Record<Attribute, keyof Attributes>;

const share = fc.double({ min: 0, max: 1, noNaN: true });

/** Positive shares that sum to 1. */
const distribution = (length: number) =>
  fc
    .array(fc.double({ min: 1e-3, max: 1, noNaN: true }), { minLength: length, maxLength: length })
    .map((values) => {
      const total = values.reduce((sum, value) => sum + value, 0);
      return values.map((value) => value / total);
    });

const evidence: fc.Arbitrary<Evidence> = fc
  .record({
    visibility: share,
    heads: fc.record(Object.fromEntries(HEADS.map((head) => [head, share]))),
    emotions: distribution(EMOTION_TYPES.length),
    age: distribution(100),
    male: share,
  })
  .map(({ visibility, heads, emotions, age, male }) => ({
    visibility,
    probability: (head) => heads[head]!,
    emotions: () => emotions,
    age: () => age,
    male: () => male,
  }));

const seen = (
  options: Partial<Record<(typeof HEADS)[number], number>>,
  visibility = 1,
): Evidence => ({
  visibility,
  probability: (head) => options[head] ?? 0.1,
  emotions: () => [0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
  age: () => Array.from({ length: 100 }, (_, year) => (year >= 30 && year < 40 ? 0.1 : 0)),
  male: () => 0.98,
});

const all = new Set<Attribute>(ATTRIBUTES);

describe('answer', () => {
  test('has a member for what is wanted and for nothing else', () => {
    fc.assert(
      fc.property(evidence, fc.subarray([...ATTRIBUTES]), (given, wanted) => {
        const members = wanted.map((attribute) => MEMBERS[attribute]);
        expect(Object.keys(answer(new Set(wanted), given)).sort()).toEqual(members.sort());
      }),
    );
  });

  test('is the same whatever else is wanted', () => {
    fc.assert(
      fc.property(evidence, fc.constantFrom(...ATTRIBUTES), (given, attribute) => {
        const member = MEMBERS[attribute];
        expect(answer(new Set([attribute]), given)[member]).toEqual(answer(all, given)[member]);
      }),
    );
  });

  test('is never less sure than a coin, nor surer than sure', () => {
    fc.assert(
      fc.property(evidence, (given) => {
        const { ageRange, emotions, ...judged } = answer(all, given);
        for (const { confidence } of Object.values(judged)) {
          expect(confidence).toBeGreaterThanOrEqual(50);
          expect(confidence).toBeLessThanOrEqual(100);
        }
      }),
    );
  });

  test('sunglasses hide the face and are no eyeglasses', () => {
    fc.assert(
      fc.property(evidence, (given) => {
        const { sunglasses, eyeglasses, faceOccluded } = answer(all, given);
        if (!sunglasses?.value) return;
        expect(faceOccluded?.value).toBe(true);
        expect(eyeglasses?.value).toBe(false);
      }),
    );
    // The property is not empty.
    const dark = answer(all, seen({ sunglasses: 0.9, eyeglasses: 0.95, occluded: 0.2 }));
    expect(dark.sunglasses).toEqual({ value: true, confidence: 90 });
    expect(dark.eyeglasses?.value).toBe(false);
    expect(dark.faceOccluded?.value).toBe(true);
  });

  test('names every emotion once, most confident first, 100 in all', () => {
    fc.assert(
      fc.property(evidence, (given) => {
        const emotions = answer(all, given).emotions ?? [];
        expect(emotions.map(({ type }) => type).sort()).toEqual([...EMOTION_TYPES].sort());
        const confidences = emotions.map(({ confidence }) => confidence);
        expect(confidences).toEqual(confidences.toSorted((a, b) => b - a));
        expect(Math.abs(confidences.reduce((sum, one) => sum + one, 0) - 100)).toBeLessThan(0.1);
      }),
    );
  });

  test('ages are whole years, the low one below the high one', () => {
    fc.assert(
      fc.property(evidence, (given) => {
        const { low, high } = answer(all, given).ageRange!;
        expect(Number.isInteger(low) && Number.isInteger(high)).toBe(true);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(100);
        expect(low).toBeLessThan(high);
      }),
    );
    // A tenth for each year from 30 to 39: a fifth below 32, a fifth above 38.
    expect(answer(all, seen({})).ageRange).toEqual({ low: 32, high: 38 });
  });

  test('knows less the less can be seen, but says the same', () => {
    const heads = { beard: 0.99, smile: 0.02 };
    const confidences = [1, 0.6, 0.2].map((visibility) => {
      const { beard, smile, ageRange } = answer(all, seen(heads, visibility));
      expect([beard?.value, smile?.value]).toEqual([true, false]);
      return [beard!.confidence, smile!.confidence, ageRange!.low - ageRange!.high];
    });
    for (const column of [0, 1, 2]) {
      const values = confidences.map((row) => row[column]!);
      expect(values).toEqual(values.toSorted((a, b) => b - a));
      expect(new Set(values).size).toBe(3);
    }
    const blind = answer(all, seen(heads, 0));
    expect(blind.beard?.confidence).toBe(50);
    expect(blind.gender?.confidence).toBe(50);
    expect(new Set(blind.emotions?.map(({ confidence }) => confidence.toFixed(6))).size).toBe(1);
  });

  test('nobody is sure of eyes behind dark glasses', () => {
    const open = (sunglasses: number) =>
      answer(all, seen({ eyesOpen: 0.999, sunglasses })).eyesOpen!.confidence;
    expect(open(0)).toBeGreaterThan(99);
    expect(open(0.95)).toBeLessThan(55);
  });

  test('gender is never surer than what it was checked on allows', () => {
    const { gender } = answer(all, { ...seen({}), male: () => 1 });
    expect(gender).toEqual({ value: 'Male', confidence: 95 });
    expect(answer(all, { ...seen({}), male: () => 0.2 }).gender?.value).toBe('Female');
  });
});
