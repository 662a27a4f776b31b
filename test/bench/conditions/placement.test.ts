/** Where a changed copy shows a face. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apart, mirrored, nearest, placed, rolled, scaled } from './placement.ts';

const degrees = fc.integer({ min: -720, max: 720 });
const coordinate = fc.double({ min: 0, max: 1000, noNaN: true });

describe('placement', () => {
  const face = { centre: { x: 30, y: 10 }, side: 20, roll: 5 };

  test('a quarter turn clockwise takes the top left corner to the top right', () => {
    const turned = placed(
      { centre: { x: 0, y: 0 }, side: 20, roll: 5 },
      rolled({ width: 100, height: 60 }, { width: 60, height: 100 }, 90),
    );
    expect(turned.centre.x).toBeCloseTo(60);
    expect(turned.centre.y).toBeCloseTo(0);
    expect(turned.roll).toBeCloseTo(95);
    expect(turned.side).toBeCloseTo(20);
  });

  test('a mirror image leans the other way', () => {
    expect(placed(face, mirrored({ width: 100, height: 60 }))).toEqual({
      centre: { x: 70, y: 10 },
      side: 20,
      roll: -5,
    });
  });

  test('a scaled copy shows the face scaled, beside its margin', () => {
    expect(placed(face, scaled(0.5, { x: 7, y: 3 }))).toEqual({
      centre: { x: 22, y: 8 },
      side: 10,
      roll: 5,
    });
  });

  test('turning there and back is no turn', () => {
    fc.assert(
      fc.property(degrees, coordinate, coordinate, (angle, x, y) => {
        const [from, to] = [
          { width: 120, height: 80 },
          { width: 200, height: 210 },
        ];
        const there = placed({ centre: { x, y }, side: 9, roll: 0 }, rolled(from, to, angle));
        const back = placed(there, rolled(to, from, -angle));
        expect(back.centre.x).toBeCloseTo(x, 6);
        expect(back.centre.y).toBeCloseTo(y, 6);
        expect(apart(back.roll, 0)).toBeCloseTo(0, 6);
      }),
    );
  });

  test('directions are compared around the circle', () => {
    expect(apart(170, -170)).toBe(20);
    expect(apart(10, 380)).toBe(10);
    fc.assert(
      fc.property(degrees, degrees, (a, b) => {
        expect(apart(a, b)).toBe(apart(b, a));
        expect(apart(a + 360, b)).toBe(apart(a, b));
        expect(apart(a, b)).toBeLessThanOrEqual(180);
      }),
    );
  });

  test('the face that was expected is neither far off nor of another size', () => {
    const seen = (x: number, side: number) => ({ centre: { x, y: 10 }, side });
    const [near, nearer, far] = [seen(37, 20), seen(33, 25), seen(41, 20)];
    expect(nearest([near, far, nearer], face)).toBe(nearer);
    expect(nearest([far, seen(30, 41), seen(30, 9)], face)).toBeUndefined();
  });
});
