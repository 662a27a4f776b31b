/** The detector's arithmetic: priors against the published counts, suppression against its definition. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Box } from '../../layers/inference/face.ts';
import { decodePriors, priorCount } from '../../layers/inference/priors.ts';
import { turn, turnBack } from '../../layers/inference/raster.ts';
import { suppress } from '../../layers/inference/suppression.ts';

describe('priors', () => {
  // The counts that the Ultra-Light-Fast-Generic-Face-Detector project gives for its two models.
  test.each([
    [320, 240, 4420],
    [640, 480, 17640],
  ])('%ix%i has %i of them', (width, height, count) => {
    expect(priorCount(width, height)).toBe(count);
  });

  test('decode where they lie: stride 8 first, three sizes a cell, row by row', () => {
    const { scores, offsets } = heads(64, 64);
    scores[(1 * 8 + 2) * 3 * 2 + 3] = 0.9; // row 1, column 2, second size
    const [candidate, ...rest] = decodePriors(scores, offsets, 64, 64, 0.5);
    expect(rest).toEqual([]);
    expect(candidate?.score).toBeCloseTo(0.9);
    // 16 pixels around the centre of the cell, (2.5, 1.5) * 8.
    expect(candidate?.box).toEqual({ left: 12, top: 4, width: 16, height: 16 });
  });

  test('decode offsets with the variances 0.1 and 0.2', () => {
    const { scores, offsets } = heads(64, 64);
    const last = scores.length / 2 - 1; // the only cell of stride 64, size 256
    scores[last * 2 + 1] = 1;
    offsets.set([1, -2, 5 * Math.log(2), 5 * Math.log(0.5)], last * 4);
    const [candidate] = decodePriors(scores, offsets, 64, 64, 0.5);
    const { left, top, width, height } = candidate!.box;
    expect(width).toBeCloseTo(512, 3);
    expect(height).toBeCloseTo(128, 3);
    expect(left + width / 2).toBeCloseTo(32 + 25.6, 3);
    expect(top + height / 2).toBeCloseTo(32 - 51.2, 3);
  });

  test('refuse heads of another input size', () => {
    const { scores, offsets } = heads(64, 64);
    expect(() => decodePriors(scores, offsets, 128, 64, 0.5)).toThrow(RangeError);
  });
});

const side = fc.integer({ min: 1, max: 40 });
const place = fc.integer({ min: 0, max: 100 });
const candidate = fc.record({
  box: fc.record({ left: place, top: place, width: side, height: side }),
  score: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe('suppress', () => {
  test('leaves no two boxes that mean one face, and drops a box only for a better one', () => {
    fc.assert(
      fc.property(fc.array(candidate, { maxLength: 30 }), (candidates) => {
        const kept = suppress(candidates);
        kept.forEach((a, i) => {
          for (const b of kept.slice(i + 1)) {
            expect(oneFace(a.box, b.box)).toBe(false);
            expect(b.score).toBeLessThanOrEqual(a.score);
          }
        });
        for (const dropped of candidates.filter((c) => !kept.includes(c))) {
          expect(kept.some((k) => k.score >= dropped.score && oneFace(k.box, dropped.box))).toBe(
            true,
          );
        }
      }),
    );
  });

  test('drops a small box within a large one', () => {
    const whole = { box: { left: 0, top: 0, width: 100, height: 100 }, score: 0.9 };
    const piece = { box: { left: 10, top: 10, width: 20, height: 20 }, score: 0.8 };
    expect(suppress([piece, whole])).toEqual([whole]);
  });
});

test('turnBack finds in the original what was marked in the turned picture', () => {
  const ratio = fc.integer({ min: 0, max: 7 });
  fc.assert(
    fc.property(ratio, ratio, fc.constantFrom(0, 1, 2, 3), (column, row, turns) => {
      const [width, height] = [8, 8];
      const data = new Uint8Array(width * height * 3);
      data[(row * width + column) * 3] = 255;
      const turned = turn({ data, width, height }, turns);
      const at = turned.data.indexOf(255) / 3;
      const box = {
        left: (at % turned.width) / turned.width,
        top: Math.floor(at / turned.width) / turned.height,
        width: 1 / turned.width,
        height: 1 / turned.height,
      };
      const back = turnBack(box, turns);
      expect(back.left).toBeCloseTo(column / width, 9);
      expect(back.top).toBeCloseTo(row / height, 9);
    }),
  );
});

test('a clockwise turn brings the top left corner to the top right', () => {
  const data = Uint8Array.from([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6]);
  const turned = turn({ data, width: 3, height: 2 }, 1);
  expect(turned.width).toBe(2);
  expect([...turned.data].filter((_, i) => i % 3 === 0)).toEqual([4, 1, 5, 2, 6, 3]);
});

/** Heads without any face, of the size that the model gives for this input. */
function heads(width: number, height: number) {
  const count = priorCount(width, height);
  return { scores: new Float32Array(count * 2), offsets: new Float32Array(count * 4) };
}

/** Intersection over union above 0.35, or 0.6 of the smaller inside the larger. */
function oneFace(a: Box, b: Box): boolean {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return false;
  const [areaA, areaB] = [a.width * a.height, b.width * b.height];
  const shared = width * height;
  return shared / (areaA + areaB - shared) > 0.35 || shared / Math.min(areaA, areaB) > 0.6;
}
