/**
 * Non-maximum suppression: of the boxes that mean the same face, only the best-scored stays.
 */
import type { Box } from './face.ts';
import type { Candidate } from './priors.ts';

/** Two boxes with more than this intersection over union are one face. */
const MAX_IOU = 0.35;

/** So are two of which the smaller lies in the larger by more than this share of its own area. */
const MAX_CONTAINED = 0.6;

/**
 * @returns the survivors, best score first; equal scores keep their order. Greedy: a box is compared
 * with survivors only.
 */
export function suppress<T extends Candidate>(candidates: readonly T[]): T[] {
  const survivors: T[] = [];
  for (const candidate of candidates.toSorted((a, b) => b.score - a.score)) {
    if (survivors.every(({ box }) => !sameFace(box, candidate.box))) survivors.push(candidate);
  }
  return survivors;
}

/** Whether two boxes mean one face. */
export function sameFace(a: Box, b: Box): boolean {
  const shared = intersection(a, b);
  const [areaA, areaB] = [a.width * a.height, b.width * b.height];
  return (
    shared > MAX_IOU * (areaA + areaB - shared) || shared > MAX_CONTAINED * Math.min(areaA, areaB)
  );
}

function intersection(a: Box, b: Box): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  return Math.max(0, width) * Math.max(0, height);
}
