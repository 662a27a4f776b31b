/**
 * Face alignment: every face turned, scaled and shifted so that its eyes, nose and mouth lie where
 * the embedder was trained to find them.
 */
import type { DetectedFace, Point } from './face.ts';
import { LANDMARK_VERTICES, meanVertex } from './landmarks.ts';
import { type Pixels, type Similarity, sampleSquare } from './pixels.ts';

/** Side of the aligned face in pixels. */
export const ALIGNED_SIDE = 112;

/**
 * Where eye centres, nose tip and mouth corners belong (image-left first), in pixels of the aligned
 * face: the five-point template of ArcFace and SphereFace.
 */
const TEMPLATE: readonly Point[] = [
  { x: 38.2946, y: 51.6963 },
  { x: 73.5318, y: 51.5014 },
  { x: 56.0252, y: 71.7366 },
  { x: 41.5493, y: 92.3655 },
  { x: 70.7299, y: 92.2041 },
];

/** In the order of the template. Vertex 1, below the tip of the nose, aligns better than 4, the tip. */
const FIVE_POINTS = [
  LANDMARK_VERTICES.eyeLeft,
  LANDMARK_VERTICES.eyeRight,
  [1],
  LANDMARK_VERTICES.mouthLeft,
  LANDMARK_VERTICES.mouthRight,
] as const;

/** What must be known of a face to align it. */
export type AlignedFace = Pick<DetectedFace, 'mesh' | 'gain'>;

/** A square window on the plane of the template, in its pixels. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

const WHOLE_TEMPLATE: Frame = { left: 0, top: 0, side: ALIGNED_SIDE };

/** Whether {@link alignFace} would give what it gives without these. */
export function isWholeTemplate({ left, top, side: extent }: Frame, side: number): boolean {
  return left === 0 && top === 0 && extent === ALIGNED_SIDE && side === ALIGNED_SIDE;
}

/**
 * @param frame the part of the template's plane to cut out; what the embedder wants unless given.
 * @param side of the result in pixels.
 * @returns side squared RGB values 0..255, interleaved; black outside the picture.
 */
export function alignFace(
  pixels: Pixels,
  { mesh, gain }: AlignedFace,
  frame = WHOLE_TEMPLATE,
  side = ALIGNED_SIDE,
): Float32Array {
  const { a, b, x, y } = templateToPicture(pixels, mesh);
  const scale = frame.side / side;
  const toSource = {
    a: a * scale,
    b: b * scale,
    x: a * frame.left - b * frame.top + x,
    y: b * frame.left + a * frame.top + y,
  };
  return sampleSquare(pixels, toSource, side, { gain });
}

/** Takes positions on the plane of the template to the picture, both in pixels. */
export function templateToPicture(
  { width, height }: Pick<Pixels, 'width' | 'height'>,
  mesh: Float32Array,
): Similarity {
  const points = FIVE_POINTS.map((vertices) => meanVertex(mesh, vertices)).map(({ x, y }) => ({
    x: x * width,
    y: y * height,
  }));
  return invert(fitSimilarity(points, TEMPLATE));
}

/**
 * The least-squares similarity without reflection that takes `from` to `to` (Umeyama, "Least-squares
 * estimation of transformation parameters between two point patterns", 1991). In the plane, with points
 * as complex numbers, it is one division: scale times rotation = sum(conj(p) q) / sum(|p|^2) over the
 * centred points.
 *
 * `from` must have at least two distinct points, and `to` as many points as `from`.
 */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Similarity {
  const [p0, q0] = [centroid(from), centroid(to)];
  let [real, imaginary, norm] = [0, 0, 0];
  from.forEach(({ x, y }, i) => {
    const [px, py] = [x - p0.x, y - p0.y];
    const [qx, qy] = [to[i]!.x - q0.x, to[i]!.y - q0.y];
    real += px * qx + py * qy;
    imaginary += px * qy - py * qx;
    norm += px * px + py * py;
  });
  const [a, b] = [real / norm, imaginary / norm];
  return { a, b, x: q0.x - a * p0.x + b * p0.y, y: q0.y - b * p0.x - a * p0.y };
}

/** The similarity that undoes another. */
export function invert({ a, b, x, y }: Similarity): Similarity {
  const norm = a * a + b * b;
  const [c, d] = [a / norm, -b / norm];
  return { a: c, b: d, x: -(c * x - d * y), y: -(d * x + c * y) };
}

function centroid(points: readonly Point[]): Point {
  const sum = points.reduce((s, p) => ({ x: s.x + p.x, y: s.y + p.y }), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}
