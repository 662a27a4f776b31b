/** How far what two checkouts see of one photograph lies apart. Pure. */
import type { SeenFace } from './worker.ts';

export interface Differences {
  /** Of boxes, in ratios of the picture. */
  readonly boxes: number;
  /** Of landmarks, in ratios of the picture. */
  readonly landmarks: number;
  /** Of the numbers of the vectors, which have length 1. */
  readonly vectors: number;
  /** One less the least cosine of a face with itself. */
  readonly cosine: number;
  /** Of confidence, pose in degrees and quality, in the API's units. */
  readonly judged: number;
}

export const NONE: Differences = { boxes: 0, landmarks: 0, vectors: 0, cosine: 0, judged: 0 };

/** Numbers of a box, at the beginning of a face's places. */
const BOX = 4;

/** @returns the largest differences of faces in the same order; undefined when there are more or fewer faces. */
export function differencesOf(
  before: readonly SeenFace[],
  after: readonly SeenFace[],
): Differences | undefined {
  if (before.length !== after.length) return undefined;
  return before.map((face, i) => between(face, after[i]!)).reduce(larger, NONE);
}

export function larger(a: Differences, b: Differences): Differences {
  return {
    boxes: Math.max(a.boxes, b.boxes),
    landmarks: Math.max(a.landmarks, b.landmarks),
    vectors: Math.max(a.vectors, b.vectors),
    cosine: Math.max(a.cosine, b.cosine),
    judged: Math.max(a.judged, b.judged),
  };
}

function between(a: SeenFace, b: SeenFace): Differences {
  const cosine = a.vector.reduce((sum, value, i) => sum + value * b.vector[i]!, 0);
  return {
    boxes: apart(a.places.slice(0, BOX), b.places.slice(0, BOX)),
    landmarks: apart(a.places.slice(BOX), b.places.slice(BOX)),
    vectors: apart(a.vector, b.vector),
    cosine: Math.max(0, 1 - cosine),
    judged: apart(a.judged, b.judged),
  };
}

function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}
