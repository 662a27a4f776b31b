/**
 * How much of a face can be told at all. A small, blurred or averted face looks like many others, and
 * heads that learned from good views are too sure of it.
 */
import type { DetectedFace } from '../face.ts';

export interface View {
  /** Distance between the centres of the eyes in pixels. */
  readonly eyes: number;
  /** Degrees. */
  readonly yaw: number;
  /** 0..100 */
  readonly sharpness: number;
}

/** A value at which nothing, and one at which everything can be told; in between the share rises evenly. */
interface Ramp {
  readonly nothing: number;
  readonly everything: number;
}

const EYES: Ramp = { nothing: 3, everything: 16 };

/** The pose saturates soon after. */
const YAW: Ramp = { nothing: 75, everything: 40 };

const SHARPNESS: Ramp = { nothing: -10, everything: 10 };

/** @param size of the picture in pixels. */
export function viewOf(
  { landmarks, pose, quality }: Pick<DetectedFace, 'landmarks' | 'pose' | 'quality'>,
  size: { readonly width: number; readonly height: number },
): View {
  const { eyeLeft, eyeRight } = landmarks;
  const [x, y] = [eyeRight.x - eyeLeft.x, eyeRight.y - eyeLeft.y];
  return {
    eyes: Math.hypot(x * size.width, y * size.height),
    yaw: pose.yaw,
    sharpness: quality.sharpness,
  };
}

/** @returns 0..1: what a probability's distance from knowing nothing is to be multiplied by. */
export function visibilityOf({ eyes, yaw, sharpness }: View): number {
  return shareOf(EYES, eyes) * shareOf(YAW, Math.abs(yaw)) * shareOf(SHARPNESS, sharpness);
}

function shareOf({ nothing, everything }: Ramp, value: number): number {
  return Math.max(0, Math.min(1, (value - nothing) / (everything - nothing)));
}
