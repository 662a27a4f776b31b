/**
 * Whether two readings are of one face. Boxes alone do not always tell: the detector can put one around a face and
 * another, hardly overlapping, around its upper half. The mesh then lies on the same features in both.
 */
import { LANDMARK_VERTICES, meanVertex } from './landmarks.ts';
import type { Mesh } from './mesh.ts';

/**
 * Features that lie apart by less than this share of the distance between the eyes, on the mean, are the same ones.
 * Two looks at one face differ by a few hundredths; two heads cannot come nearer than half a face, which is more
 * than one such distance.
 */
const SAME_FEATURES = 0.3;
const FEATURES = ['eyeLeft', 'eyeRight', 'nose', 'mouthLeft', 'mouthRight'] as const;

export function sameReading(a: Pick<Mesh, 'vertices'>, b: Pick<Mesh, 'vertices'>): boolean {
  const [places, others] = [featuresOf(a), featuresOf(b)];
  const apart = places.map(({ x, y }, i) => Math.hypot(x - others[i]!.x, y - others[i]!.y));
  const mean = apart.reduce((sum, one) => sum + one, 0) / apart.length;
  const [left, right] = [places[0]!, places[1]!];
  return mean < SAME_FEATURES * Math.hypot(left.x - right.x, left.y - right.y);
}

function featuresOf({ vertices }: Pick<Mesh, 'vertices'>) {
  return FEATURES.map((name) => meanVertex(vertices, LANDMARK_VERTICES[name]));
}
