/**
 * How much of a face can be told at all. A small, blurred or averted face looks like many others, and
 * heads that learned from good views are too sure of it.
 */
import type { DetectedFace } from '../face.ts';
import { LANDMARK_VERTICES, meanVertex } from '../landmarks.ts';

export interface View {
  /** Distance between the centres of the eyes in pixels. */
  readonly eyes: number;
  /** Degrees. */
  readonly yaw: number;
  /** 0..100 */
  readonly sharpness: number;
}

/** Points of a measure and the share of certainty that is left there; straight lines between them. */
type Knots = readonly (readonly [value: number, share: number])[];

/**
 * As far as it was measured, the share that made confidence agree with being right, on 1,200 photographs and on
 * small, blurred and dark copies of them (`npm run bench:attributes`). Nobody was there with eyes less
 * than 8 pixels apart, with the head turned by more than 50 degrees or with a sharpness under 5: from there to
 * nothing at all is a guess on the safe side.
 */
const EYES: Knots = [
  [3, 0],
  [8, 0.87],
  [16, 0.96],
  [24, 1],
];
const YAW: Knots = [
  [30, 1],
  [45, 0.76],
  [75, 0],
];
const SHARPNESS: Knots = [
  [0, 0.5],
  [5, 0.95],
  [10, 1],
];

/** @param size of the picture in pixels. */
export function viewOf(
  { mesh, pose, quality }: Pick<DetectedFace, 'mesh' | 'pose' | 'quality'>,
  size: { readonly width: number; readonly height: number },
): View {
  const left = meanVertex(mesh, LANDMARK_VERTICES.eyeLeft);
  const right = meanVertex(mesh, LANDMARK_VERTICES.eyeRight);
  const [x, y] = [right.x - left.x, right.y - left.y];
  return {
    eyes: Math.hypot(x * size.width, y * size.height),
    yaw: pose.yaw,
    sharpness: quality.sharpness,
  };
}

/** @returns 0..1: what a probability's distance from knowing nothing is to be multiplied by. */
export function visibilityOf({ eyes, yaw, sharpness }: View): number {
  return shareAt(EYES, eyes) * shareAt(YAW, Math.abs(yaw)) * shareAt(SHARPNESS, sharpness);
}

/** Beyond the outermost knots it stays at theirs. */
function shareAt(knots: Knots, value: number): number {
  const next = knots.findIndex(([at]) => at >= value);
  if (next === 0) return knots[0]![1];
  if (next === -1) return knots.at(-1)![1];
  const [[x0, y0], [x1, y1]] = [knots[next - 1]!, knots[next]!];
  return y0 + ((y1 - y0) * (value - x0)) / (x1 - x0);
}
