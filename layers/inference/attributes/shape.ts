/**
 * The shape of a face without its pose: the mesh turned to the front, in the centimetres of MediaPipe's
 * canonical face. What is left is anatomy and expression: how far the mouth gapes, where its corners
 * are, how wide the eyes are open.
 */
import canonicalFace from '../../../models/canonical-face.json' with { type: 'json' };
import type { DetectedFace, Pose } from '../face.ts';
import { BASE_VERTICES, IRIS_POINTS, LEFT_EYE, LIPS, RIGHT_EYE } from '../refinement.ts';

/** What moves with an expression: lips, eyes with brows, irises, and the chin. */
const VERTICES: readonly number[] = [
  ...LIPS,
  ...LEFT_EYE,
  ...RIGHT_EYE,
  ...Array.from({ length: 2 * IRIS_POINTS }, (_, i) => BASE_VERTICES + i),
  152,
];

/** x and y of each. */
export const SHAPE_LENGTH = 2 * VERTICES.length;

const RADIANS = Math.PI / 180;

/**
 * @param size of the picture, in pixels or any other unit.
 * @returns x, to image-right, and y, up, of each vertex in turn; 0, 0 is the middle of the canonical face.
 */
export function shapeOf(
  { mesh, pose }: Pick<DetectedFace, 'mesh' | 'pose'>,
  size: { readonly width: number; readonly height: number },
): Float64Array {
  const rows = frontRows(pose);
  const front = (vertex: number): Position => {
    const x = mesh[vertex * 3]! * size.width;
    const y = -mesh[vertex * 3 + 1]! * size.height;
    const z = -mesh[vertex * 3 + 2]! * size.width;
    return [
      rows[0][0] * x + rows[0][1] * y + rows[0][2] * z,
      rows[1][0] * x + rows[1][1] * y + rows[1][2] * z,
    ];
  };
  const { scale, from, to } = fitToCanonical(front);
  const shape = new Float64Array(SHAPE_LENGTH);
  VERTICES.forEach((vertex, i) => {
    const [x, y] = front(vertex);
    shape[i * 2] = (x - from[0]) * scale + to[0];
    shape[i * 2 + 1] = (y - from[1]) * scale + to[1];
  });
  return shape;
}

type Position = readonly [number, number];
type Row = readonly [number, number, number];

/** The first two rows of the inverse of the head's rotation Rz(-roll) Ry(yaw) Rx(-pitch). */
function frontRows({ roll, yaw, pitch }: Pose): readonly [Row, Row] {
  const [sinZ, cosZ] = [Math.sin(-roll * RADIANS), Math.cos(roll * RADIANS)];
  const [sinY, cosY] = [Math.sin(yaw * RADIANS), Math.cos(yaw * RADIANS)];
  const [sinX, cosX] = [Math.sin(-pitch * RADIANS), Math.cos(pitch * RADIANS)];
  return [
    [cosZ * cosY, sinZ * cosY, -sinY],
    [cosZ * sinY * sinX - sinZ * cosX, sinZ * sinY * sinX + cosZ * cosX, cosY * sinX],
  ];
}

/** Which scale and shift bring a frontal face onto the canonical one: weighted least squares. */
function fitToCanonical(front: (vertex: number) => Position) {
  const pairs = canonicalFace.points.map(({ landmark, weight, position }) => {
    return { weight, seen: front(landmark), canonical: [position[0]!, position[1]!] as const };
  });
  const from = weightedMean(pairs.map(({ weight, seen }) => [weight, seen]));
  const to = weightedMean(pairs.map(({ weight, canonical }) => [weight, canonical]));
  let [product, square] = [0, 0];
  for (const { weight, seen, canonical } of pairs) {
    const [u, v] = [seen[0] - from[0], seen[1] - from[1]];
    product += weight * (u * (canonical[0] - to[0]) + v * (canonical[1] - to[1]));
    square += weight * (u * u + v * v);
  }
  return { scale: product / square, from, to };
}

function weightedMean(values: readonly (readonly [number, Position])[]): Position {
  let [weights, x, y] = [0, 0, 0];
  for (const [weight, position] of values) {
    weights += weight;
    x += weight * position[0];
    y += weight * position[1];
  }
  return [x / weights, y / weights];
}
