/**
 * The landmarks of the API as vertices of the mesh.
 *
 * The mesh belongs to the face, not to the picture: "left" is image-left of the upright face, and stays with
 * the same eye, brow or cheek however far the head is rolled, upside down included.
 */
import type { Landmarks, Point } from './face.ts';

/**
 * Vertices whose mean is a landmark, by its API name: corners and lids of an eye make its centre, the pupils
 * are the centres of the irises. Over 936 faces of 690 photographs each iris is nearest to the eye it is
 * taken for.
 */
export const LANDMARK_VERTICES = {
  eyeLeft: [33, 133, 159, 145],
  eyeRight: [263, 362, 386, 374],
  mouthLeft: [61],
  mouthRight: [291],
  nose: [4],
  leftEyeBrowLeft: [70],
  leftEyeBrowRight: [107],
  leftEyeBrowUp: [105],
  rightEyeBrowLeft: [336],
  rightEyeBrowRight: [300],
  rightEyeBrowUp: [334],
  leftEyeLeft: [33],
  leftEyeRight: [133],
  leftEyeUp: [159],
  leftEyeDown: [145],
  rightEyeLeft: [362],
  rightEyeRight: [263],
  rightEyeUp: [386],
  rightEyeDown: [374],
  noseLeft: [129],
  noseRight: [358],
  mouthUp: [0],
  mouthDown: [17],
  leftPupil: [468],
  rightPupil: [473],
  upperJawlineLeft: [127],
  midJawlineLeft: [172],
  chinBottom: [152],
  midJawlineRight: [397],
  upperJawlineRight: [356],
} as const satisfies Record<keyof Landmarks, readonly number[]>;

export function landmarksOf(mesh: Float32Array): Landmarks {
  const places = Object.entries(LANDMARK_VERTICES).map(
    ([name, vertices]) => [name, meanVertex(mesh, vertices)] as const,
  );
  return Object.fromEntries(places) as Record<keyof Landmarks, Point>;
}

/** The mean position, in ratios, of some vertices of a mesh. */
export function meanVertex(mesh: Float32Array, vertices: readonly number[]): Point {
  let [x, y] = [0, 0];
  for (const vertex of vertices) {
    x += mesh[vertex * 3]! / vertices.length;
    y += mesh[vertex * 3 + 1]! / vertices.length;
  }
  return { x, y };
}
