/**
 * Which detections are which labelled faces. A detection matches a face at intersection over union of
 * at least one half, best overlap first, each at most once.
 */
import type { LabelledPicture, Rectangle } from './detection-labels.ts';

export interface Outcome {
  /** Labelled faces of a size that counts, found and not. */
  readonly found: Rectangle[];
  readonly missed: Rectangle[];
  /** Detections of a size that counts that are no labelled face and lie on nothing ignored. */
  readonly wrong: Rectangle[];
}

const SAME_FACE = 0.5;

/** What overlaps an ignored box this far, or lies in it this far, counts neither way. */
const IGNORED_IOU = 0.3;
const IGNORED_INSIDE = 0.6;

/** @param smallest faces and detections whose longer side is shorter, in pixels, count neither way. */
export function match(
  detections: readonly Rectangle[],
  { faces, ignored }: Pick<LabelledPicture, 'faces' | 'ignored'>,
  smallest: number,
): Outcome {
  const pairs = detections
    .flatMap((detection, d) =>
      faces.map((face, f) => ({ d, f, overlap: overlap(detection, face).iou })),
    )
    .filter(({ overlap }) => overlap >= SAME_FACE)
    .sort((a, b) => b.overlap - a.overlap);
  const faceOf = new Map<number, number>();
  const found = new Set<number>();
  for (const { d, f } of pairs) {
    if (faceOf.has(d) || found.has(f)) continue;
    faceOf.set(d, f);
    found.add(f);
  }
  const counts = (box: Rectangle) => longSide(box) >= smallest;
  return {
    found: faces.filter((face, f) => found.has(f) && counts(face)),
    missed: faces.filter((face, f) => !found.has(f) && counts(face)),
    wrong: detections.filter(
      (box, d) => !faceOf.has(d) && counts(box) && !ignored.some((area) => covers(area, box)),
    ),
  };
}

export function longSide([, , width, height]: Rectangle): number {
  return Math.max(width, height);
}

function covers(area: Rectangle, box: Rectangle): boolean {
  const { iou, inside } = overlap(area, box);
  return iou > IGNORED_IOU || inside > IGNORED_INSIDE;
}

function overlap(a: Rectangle, b: Rectangle): { iou: number; inside: number } {
  const width = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]);
  const shared = Math.max(0, width) * Math.max(0, height);
  const [areaA, areaB] = [a[2] * a[3], b[2] * b[3]];
  return { iou: shared / (areaA + areaB - shared), inside: shared / Math.min(areaA, areaB) };
}
