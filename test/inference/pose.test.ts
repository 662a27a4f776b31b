/** Head pose: known rotations of the canonical face, and photographs turned and mirrored. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { largestEigenvector } from '../../layers/inference/eigen.ts';
import { poseOf } from '../../layers/inference/pose.ts';
import canonicalFace from '../../models/canonical-face.json' with { type: 'json' };

const RADIANS = Math.PI / 180;
type Matrix = readonly (readonly number[])[];

const angle = (limit: number) => fc.double({ min: -limit, max: limit, noNaN: true });

test('any rotation, size and place of the canonical face is recovered', () => {
  fc.assert(
    fc.property(
      angle(179),
      angle(85),
      angle(85),
      fc.double({ min: 0.1, max: 100, noNaN: true }),
      fc.integer({ min: -2000, max: 2000 }),
      (roll, yaw, pitch, scale, shift) => {
        const pose = poseOf(meshOf(rotation(roll, yaw, pitch), scale, shift));
        expect(pose.roll).toBeCloseTo(roll, 1);
        expect(pose.yaw).toBeCloseTo(yaw, 1);
        expect(pose.pitch).toBeCloseTo(pitch, 1);
      },
    ),
  );
});

test('signs: the nose goes where yaw and pitch say, the right eye down with roll', () => {
  // In the picture x grows to the right and y down; 4 is the tip of the nose, 6 the bridge between the
  // eyes, 33 and 263 the outer corners of the left and the right eye.
  const at = (mesh: Float32Array, vertex: number) => ({
    x: mesh[vertex * 3]!,
    y: mesh[vertex * 3 + 1]!,
  });
  const straight = meshOf(rotation(0, 0, 0), 10, 0);
  const right = meshOf(rotation(0, 30, 0), 10, 0);
  const up = meshOf(rotation(0, 0, 30), 10, 0);
  const clockwise = meshOf(rotation(30, 0, 0), 10, 0);
  expect(at(right, 4).x - at(right, 6).x).toBeGreaterThan(5);
  expect(at(up, 4).y - at(up, 6).y).toBeLessThan(at(straight, 4).y - at(straight, 6).y - 5);
  expect(at(clockwise, 263).y).toBeGreaterThan(at(clockwise, 33).y + 5);
  expect(poseOf(right).yaw).toBeCloseTo(30, 1);
  expect(poseOf(up).pitch).toBeCloseTo(30, 1);
  expect(poseOf(clockwise).roll).toBeCloseTo(30, 1);
});

test('the largest eigenvector satisfies its definition', () => {
  const element = fc.double({ min: -10, max: 10, noNaN: true });
  fc.assert(
    fc.property(fc.array(element, { minLength: 16, maxLength: 16 }), (values) => {
      const matrix = [0, 1, 2, 3].map((i) =>
        [0, 1, 2, 3].map((j) => values[i * 4 + j]! + values[j * 4 + i]!),
      );
      const v = largestEigenvector(matrix);
      const product = matrix.map((row) => row.reduce((sum, m, j) => sum + m * v[j]!, 0));
      const value = product.reduce((sum, p, i) => sum + p * v[i]!, 0);
      product.forEach((p, i) => {
        expect(p).toBeCloseTo(value * v[i]!, 6);
      });
      // No direction gives more: a Rayleigh quotient is at most the largest eigenvalue.
      for (const axis of [0, 1, 2, 3]) {
        expect(matrix[axis]![axis]!).toBeLessThanOrEqual(value + 1e-6);
      }
    }),
  );
});

/** Rz Ry Rx for axes x right, y up, z towards the camera, in the API's signs. */
function rotation(roll: number, yaw: number, pitch: number): Matrix {
  // Clockwise as seen by the viewer is negative about the axis that points at the viewer, and looking
  // up is negative about the axis that points to the right.
  const [z, y, x] = [-roll * RADIANS, yaw * RADIANS, -pitch * RADIANS];
  const rz = [
    [Math.cos(z), -Math.sin(z), 0],
    [Math.sin(z), Math.cos(z), 0],
    [0, 0, 1],
  ];
  const ry = [
    [Math.cos(y), 0, Math.sin(y)],
    [0, 1, 0],
    [-Math.sin(y), 0, Math.cos(y)],
  ];
  const rx = [
    [1, 0, 0],
    [0, Math.cos(x), -Math.sin(x)],
    [0, Math.sin(x), Math.cos(x)],
  ];
  return multiply(multiply(rz, ry), rx);
}

function multiply(a: Matrix, b: Matrix): Matrix {
  return a.map((row) => b.map((_, j) => row.reduce((sum, v, k) => sum + v * b[k]![j]!, 0)));
}

/** A mesh in picture coordinates (y down, z away) whose fitted vertices are the canonical ones, turned. */
function meshOf(matrix: Matrix, scale: number, shift: number): Float32Array {
  const mesh = new Float32Array(478 * 3);
  for (const { landmark, position } of canonicalFace.points) {
    const [x, y, z] = matrix.map((row) => row.reduce((sum, m, k) => sum + m * position[k]!, 0));
    mesh.set([x! * scale + shift, -y! * scale + shift, -z! * scale], landmark * 3);
  }
  return mesh;
}
