/**
 * A head: a linear function of some blocks, fitted to labelled photographs and calibrated, so that the
 * logistic function (of one score) or the softmax (of several) gives probabilities.
 */
import type { BlockName } from './blocks.ts';

export const HEAD_NAMES = [
  'eyeglasses',
  'sunglasses',
  'beard',
  'mustache',
  'smile',
  'mouthOpen',
  'eyesOpen',
  'occluded',
  'emotion',
] as const;

export type HeadName = (typeof HEAD_NAMES)[number];

export interface Head {
  /** Whose numbers it reads, one after the other. */
  readonly blocks: readonly BlockName[];
  /** For each score a weight for each number. */
  readonly weights: readonly Float32Array[];
  /** One for each score. */
  readonly biases: readonly number[];
}

/** @param inputs the head's blocks, in its order. */
export function scoresOf(head: Head, inputs: readonly ArrayLike<number>[]): number[] {
  return head.weights.map((weights, score) => {
    let [sum, at] = [head.biases[score]!, 0];
    for (const block of inputs) {
      for (let i = 0; i < block.length; i++) sum += weights[at++]! * block[i]!;
    }
    return sum;
  });
}

export function sigmoid(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

export function softmax(scores: readonly number[]): number[] {
  const highest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
