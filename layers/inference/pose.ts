/**
 * Head pose: the rotation that fits MediaPipe's canonical face to a mesh.
 *
 * Weighted least squares over 33 stable vertices, solved in closed form with quaternions (Horn,
 * "Closed-form solution of absolute orientation using unit quaternions", 1987): the rotation is the
 * eigenvector of the largest eigenvalue of a symmetric 4x4 matrix.
 */
import canonicalFace from '../../models/canonical-face.json' with { type: 'json' };
import { largestEigenvector } from './eigen.ts';
import type { Pose } from './face.ts';

interface Vector {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** A vertex of the canonical face, the same vertex as seen, and its weight in the fit. */
interface Match {
  readonly canonical: Vector;
  readonly seen: Vector;
  readonly weight: number;
}

const DEGREES = 180 / Math.PI;

/** @param vertices x y z in equal units: x to image-right, y down, z away from the camera. */
export function poseOf(vertices: Float32Array): Pose {
  const matches = canonicalFace.points.map(({ landmark, weight, position }): Match => {
    const at = landmark * 3;
    return {
      canonical: { x: position[0]!, y: position[1]!, z: position[2]! },
      seen: { x: vertices[at]!, y: -vertices[at + 1]!, z: -vertices[at + 2]! },
      weight,
    };
  });
  return eulerAngles(fitRotation(matches));
}

/** The unit quaternion (w, x, y, z) of the rotation that best takes canonical to seen. */
function fitRotation(matches: readonly Match[]): Float64Array {
  const from = weightedMean(matches, ({ canonical }) => canonical);
  const to = weightedMean(matches, ({ seen }) => seen);
  let [xx, xy, xz, yx, yy, yz, zx, zy, zz] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (const { canonical, seen, weight } of matches) {
    const p = minus(canonical, from);
    const q = minus(seen, to);
    xx += weight * p.x * q.x;
    xy += weight * p.x * q.y;
    xz += weight * p.x * q.z;
    yx += weight * p.y * q.x;
    yy += weight * p.y * q.y;
    yz += weight * p.y * q.z;
    zx += weight * p.z * q.x;
    zy += weight * p.z * q.y;
    zz += weight * p.z * q.z;
  }
  return largestEigenvector([
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, yy - xx - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, zz - xx - yy],
  ]);
}

/** Angles of the rotation Rz(roll) Ry(yaw) Rx(pitch), in the signs of the API. */
function eulerAngles(quaternion: Float64Array): Pose {
  const [w = 1, x = 0, y = 0, z = 0] = quaternion;
  const roll = -Math.atan2(2 * (x * y + z * w), 1 - 2 * (y * y + z * z));
  const yaw = Math.asin(Math.max(-1, Math.min(1, 2 * (y * w - x * z))));
  const pitch = -Math.atan2(2 * (y * z + x * w), 1 - 2 * (x * x + y * y));
  return { roll: roll * DEGREES, yaw: yaw * DEGREES, pitch: pitch * DEGREES };
}

function weightedMean(matches: readonly Match[], vector: (match: Match) => Vector): Vector {
  let [x, y, z, total] = [0, 0, 0, 0];
  for (const match of matches) {
    const v = vector(match);
    x += match.weight * v.x;
    y += match.weight * v.y;
    z += match.weight * v.z;
    total += match.weight;
  }
  return { x: x / total, y: y / total, z: z / total };
}

function minus(a: Vector, b: Vector): Vector {
  return { x: a.x - b.x, y: a.y - b.y, z: a.z - b.z };
}
