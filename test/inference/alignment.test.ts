/** Alignment against transforms known beforehand and against a general least-squares solver. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ALIGNED_SIDE,
  alignFace,
  fitSimilarity,
  invert,
} from '../../layers/inference/alignment.ts';
import type { Point } from '../../layers/inference/face.ts';
import { type Similarity, sampleSquare } from '../../layers/inference/pixels.ts';

const coordinate = fc.double({ min: -1000, max: 1000, noNaN: true });
const point = fc.record({ x: coordinate, y: coordinate });
const points = fc.array(point, { minLength: 3, maxLength: 8 }).filter(spread);
const similarity = fc
  .record({
    scale: fc.double({ min: 0.05, max: 20, noNaN: true }),
    angle: fc.double({ min: -Math.PI, max: Math.PI, noNaN: true }),
    x: coordinate,
    y: coordinate,
  })
  .map(({ scale, angle, x, y }) => ({
    a: scale * Math.cos(angle),
    b: scale * Math.sin(angle),
    x,
    y,
  }));

describe('fitSimilarity', () => {
  test('recovers any rotation, scale and shift exactly', () => {
    fc.assert(
      fc.property(points, similarity, (from, transform) => {
        const to = from.map((p) => apply(transform, p));
        expectSame(fitSimilarity(from, to), transform);
      }),
    );
  });

  test('is the least-squares solution for points that fit no similarity', () => {
    fc.assert(
      fc.property(points, fc.array(point, { minLength: 8, maxLength: 8 }), (from, noise) => {
        const to = from.map((_, i) => noise[i]!);
        expectSame(fitSimilarity(from, to), solveNormalEquations(from, to));
      }),
    );
  });

  test('never reflects: a mirrored face comes out as the best rotation, not as itself', () => {
    const from = [point2(-1, 0), point2(1, 0), point2(0, 2), point2(0.3, 1)];
    const mirrored = from.map(({ x, y }) => point2(-x, y));
    const fit = fitSimilarity(from, mirrored);
    // A similarity (a, b) has the determinant a² + b², which no reflection has.
    expect(fit.a * fit.a + fit.b * fit.b).toBeGreaterThan(0);
    const worst = Math.max(...from.map((p, i) => distance(apply(fit, p), mirrored[i]!)));
    expect(worst).toBeGreaterThan(0.1);
  });
});

test('invert undoes a similarity', () => {
  fc.assert(
    fc.property(similarity, point, (transform, p) => {
      const back = apply(invert(transform), apply(transform, p));
      expect(distance(back, p)).toBeLessThan(1e-6);
    }),
  );
});

test('a frame cuts its part out of the aligned face', () => {
  const size = 300;
  const data = Uint8Array.from({ length: size * size * 3 }, (_, i) => (i * 7 + (i >> 9)) % 256);
  const mesh = Float32Array.from({ length: 478 * 3 }, (_, i) => 0.5 + 0.15 * Math.sin(i * i));
  const pixels = { data, width: size, height: size };
  const face = { mesh, gain: 1 };
  const whole = alignFace(pixels, face);
  const frame = { left: 20, top: 35, side: 60 };
  const part = alignFace(pixels, face, frame, 60);
  for (const [row, column] of [
    [0, 0],
    [17, 42],
    [59, 59],
  ] as const) {
    const inPart = (row * 60 + column) * 3;
    const inWhole = ((row + frame.top) * ALIGNED_SIDE + column + frame.left) * 3;
    for (let channel = 0; channel < 3; channel++) {
      expect(part[inPart + channel]).toBeCloseTo(whole[inWhole + channel]!, 2);
    }
  }
  expect(alignFace(pixels, face, { left: -6, top: 2, side: 124 }, 224)).toHaveLength(224 * 224 * 3);
});

describe('sampleSquare', () => {
  const gradient = raster(40, 30, (x, y) => [x * 5, y * 7, 100]);

  test('copies pixels where the transform is the identity', () => {
    const square = sampleSquare(gradient, { a: 1, b: 0, x: 3, y: 4 }, 10);
    for (let row = 0; row < 10; row++) {
      for (let column = 0; column < 10; column++) {
        expect([...square.subarray((row * 10 + column) * 3).subarray(0, 3)]).toEqual([
          (column + 3) * 5,
          (row + 4) * 7,
          100,
        ]);
      }
    }
  });

  test('is exact on a linear picture under any similarity that stays inside', () => {
    const angle = 0.3;
    const transform = { a: 0.8 * Math.cos(angle), b: 0.8 * Math.sin(angle), x: 12, y: 6 };
    const square = sampleSquare(gradient, transform, 16);
    for (const [row, column] of [
      [0, 0],
      [7, 9],
      [15, 15],
    ] as const) {
      const { x, y } = apply(transform, point2(column + 0.5, row + 0.5));
      expect(square[(row * 16 + column) * 3]).toBeCloseTo((x - 0.5) * 5, 3);
      expect(square[(row * 16 + column) * 3 + 1]).toBeCloseTo((y - 0.5) * 7, 3);
    }
  });

  test('averages when it shrinks, and is black outside', () => {
    const stripes = raster(64, 64, (x) => [x % 2 ? 200 : 0, 0, 0]);
    const square = sampleSquare(stripes, { a: 4, b: 0, x: 0, y: 0 }, 20);
    expect(square[(5 * 20 + 5) * 3]).toBeCloseTo(100, 3);
    expect(square[(19 * 20 + 19) * 3]).toBe(0);
  });
});

function raster(width: number, height: number, colour: (x: number, y: number) => number[]) {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set(colour(x, y), (y * width + x) * 3);
  }
  return { data, width, height };
}

/** The four unknowns of a similarity from the normal equations of all coordinates, by elimination. */
function solveNormalEquations(from: readonly Point[], to: readonly Point[]): Similarity {
  const rows = from.flatMap(({ x, y }, i) => [
    { left: [x, -y, 1, 0], right: to[i]!.x },
    { left: [y, x, 0, 1], right: to[i]!.y },
  ]);
  const m = [0, 1, 2, 3].map((i) => [
    ...[0, 1, 2, 3].map((j) => rows.reduce((sum, { left }) => sum + left[i]! * left[j]!, 0)),
    rows.reduce((sum, { left, right }) => sum + left[i]! * right, 0),
  ]);
  for (let i = 0; i < 4; i++) {
    const pivot = m
      .slice(i)
      .reduce((best, row) => (Math.abs(row[i]!) > Math.abs(best[i]!) ? row : best));
    m.splice(m.indexOf(pivot), 1);
    m.splice(i, 0, pivot);
    for (let k = 0; k < 4; k++) {
      if (k === i) continue;
      const factor = m[k]![i]! / pivot[i]!;
      m[k] = m[k]!.map((value, j) => value - factor * pivot[j]!);
    }
  }
  const [a, b, x, y] = m.map((row, i) => row[4]! / row[i]!);
  return { a: a!, b: b!, x: x!, y: y! };
}

function expectSame(fit: Similarity, expected: Similarity): void {
  const size = Math.hypot(expected.a, expected.b, expected.x / 1000, expected.y / 1000) + 1e-3;
  expect(Math.abs(fit.a - expected.a)).toBeLessThan(1e-6 * size);
  expect(Math.abs(fit.b - expected.b)).toBeLessThan(1e-6 * size);
  expect(Math.abs(fit.x - expected.x)).toBeLessThan(1e-3 * size);
  expect(Math.abs(fit.y - expected.y)).toBeLessThan(1e-3 * size);
}

function apply({ a, b, x, y }: Similarity, p: Point): Point {
  return { x: a * p.x - b * p.y + x, y: b * p.x + a * p.y + y };
}

function distance(p: Point, q: Point): number {
  return Math.hypot(p.x - q.x, p.y - q.y);
}

function spread(list: readonly Point[]): boolean {
  return list.some((p) => distance(p, list[0]!) > 10);
}

function point2(x: number, y: number): Point {
  return { x, y };
}
