/** The canonical face against figures of MediaPipe's text file, and against its own mirror image. */
import { describe, expect, it } from 'vitest';
import canonicalFace from '../../models/canonical-face.json' with { type: 'json' };

const points = new Map(canonicalFace.points.map((point) => [point.landmark, point]));

describe('canonical-face.json', () => {
  // From mediapipe/modules/face_geometry/data/geometry_pipeline_metadata_landmarks.pbtxt.
  it.each([
    [4, 0.070909939706326, [0, -0.46317, 7.58658]],
    [6, 0.032100144773722, [0, 2.473255, 5.788627]],
    [10, 0.008446550928056, [0, 8.261778, 4.481535]],
    [33, 0.058724168688059, [-4.445859, 2.663991, 3.173422]],
    [54, 0.007667080033571, [-6.279331, 6.615427, 1.42585]],
    [67, 0.009078059345484, [-3.523964, 8.005976, 3.729163]],
  ])('holds landmark %i as published', (landmark, weight, position) => {
    expect(points.get(landmark)?.weight).toBeCloseTo(weight, 8);
    expect(points.get(landmark)?.position).toEqual(position);
  });

  it('has the 33 landmarks of the Procrustes basis', () => {
    expect(points.size).toBe(33);
    expect(canonicalFace.points).toHaveLength(33);
  });

  it('is its own mirror image', () => {
    for (const { position, weight } of canonicalFace.points) {
      const [x = 0, y, z] = position;
      const mirrored = canonicalFace.points.find(
        (other) =>
          other.position[0] === 0 - x && other.position[1] === y && other.position[2] === z,
      );
      expect(mirrored?.weight).toBe(weight);
    }
  });
});
