/** One face that was boxed twice is known by its features; two faces side by side are two. */
import { expect, it } from 'vitest';
import { LANDMARK_VERTICES } from '../../layers/inference/landmarks.ts';
import { sameReading } from '../../layers/inference/same-reading.ts';

/** A face whose eyes are 60 pixels apart. */
function mesh(x: number, y: number, scale = 1) {
  const places = {
    eyeLeft: [-30, -20],
    eyeRight: [30, -20],
    nose: [0, 15],
    mouthLeft: [-20, 45],
    mouthRight: [20, 45],
  } as const;
  const vertices = new Float32Array(478 * 3);
  for (const [name, [u, v]] of Object.entries(places)) {
    for (const vertex of LANDMARK_VERTICES[name as keyof typeof places]) {
      vertices.set([x + u * scale, y + v * scale, 0], vertex * 3);
    }
  }
  return { vertices };
}

it('is of one face where the features are the same, however a box lies', () => {
  expect(sameReading(mesh(400, 300), mesh(400, 300))).toBe(true);
  expect(sameReading(mesh(400, 300), mesh(406, 297, 1.1))).toBe(true);
});

it('is of two faces that touch, or one before the other', () => {
  // Half a face apart, cheek on cheek.
  expect(sameReading(mesh(400, 300), mesh(465, 300))).toBe(false);
  expect(sameReading(mesh(400, 300), mesh(400, 365))).toBe(false);
  expect(sameReading(mesh(400, 300), mesh(420, 290, 0.3))).toBe(false);
});
