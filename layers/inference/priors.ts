/**
 * The detector's raw heads decoded into boxes.
 *
 * The model is an SSD of the Ultra-Light-Fast-Generic-Face-Detector family (RFB-320): four feature
 * maps, at each cell a few square priors, for each prior two class scores (background, face) and four
 * offsets. Prior sizes, strides and variances are those of that project's `vision/ssd/config`.
 */
import type { Box } from './face.ts';

export interface Candidate {
  readonly box: Box;
  /** 0..1 */
  readonly score: number;
}

const FEATURE_MAPS = [
  { stride: 8, sizes: [10, 16, 24] },
  { stride: 16, sizes: [32, 48] },
  { stride: 32, sizes: [64, 96] },
  { stride: 64, sizes: [128, 192, 256] },
] as const;

const CENTER_VARIANCE = 0.1;
const SIZE_VARIANCE = 0.2;

/** The network's input must be a multiple of its coarsest stride on both sides. */
export const INPUT_MULTIPLE = 64;

/**
 * @param scores n pairs (background, face), after the softmax.
 * @param offsets n times (dx, dy, log width, log height), divided by their variances.
 * @param width of the network's input in pixels, a multiple of 64; so `height`.
 * @param threshold candidates below this score are left out.
 * @returns boxes in pixels of the network's input, in the order of the priors.
 * @throws RangeError when the heads do not have one entry per prior of this input size.
 */
export function decodePriors(
  scores: Float32Array,
  offsets: Float32Array,
  width: number,
  height: number,
  threshold: number,
): Candidate[] {
  const count = priorCount(width, height);
  if (scores.length !== count * 2 || offsets.length !== count * 4) {
    throw new RangeError(`${width}x${height} has ${count} priors, not ${scores.length / 2}`);
  }
  const candidates: Candidate[] = [];
  let prior = 0;
  for (const { stride, sizes } of FEATURE_MAPS) {
    for (let row = 0; row < Math.ceil(height / stride); row++) {
      for (let column = 0; column < Math.ceil(width / stride); column++) {
        for (const size of sizes) {
          const score = scores[prior * 2 + 1]!;
          if (score >= threshold) {
            const at = prior * 4;
            const w = size * Math.exp(offsets[at + 2]! * SIZE_VARIANCE);
            const h = size * Math.exp(offsets[at + 3]! * SIZE_VARIANCE);
            const x = (column + 0.5) * stride + offsets[at]! * CENTER_VARIANCE * size;
            const y = (row + 0.5) * stride + offsets[at + 1]! * CENTER_VARIANCE * size;
            candidates.push({
              box: { left: x - w / 2, top: y - h / 2, width: w, height: h },
              score,
            });
          }
          prior++;
        }
      }
    }
  }
  return candidates;
}

/** How many priors the detector has for an input of this size in pixels. */
export function priorCount(width: number, height: number): number {
  return FEATURE_MAPS.reduce(
    (sum, { stride, sizes }) =>
      sum + Math.ceil(width / stride) * Math.ceil(height / stride) * sizes.length,
    0,
  );
}
