/**
 * Examples as rows of standardised numbers, and the way back: a linear function of standardised numbers is
 * one of the numbers themselves.
 */
import { BLOCK_LENGTHS, type BlockName } from '../../layers/inference/attributes/blocks.ts';
import type { Example } from './examples.ts';
import type { Linear, Matrix } from './logistic.ts';

export interface Standard {
  readonly blocks: readonly BlockName[];
  readonly mean: Float64Array;
  /** What a number less its mean is multiplied by. */
  readonly scale: Float64Array;
}

/** A number that varies less than this share of its block's most varying one says nothing. */
const SMALLEST_DEVIATION = 1e-3;

/**
 * @returns mean 0 and deviation 1 over the examples, then each block made smaller by the root of its
 * length, so that the penalty weighs blocks alike whatever their lengths.
 */
export function standardOf(examples: readonly Example[], blocks: readonly BlockName[]): Standard {
  const length = blocks.reduce((sum, name) => sum + BLOCK_LENGTHS[name], 0);
  const [mean, scale] = [new Float64Array(length), new Float64Array(length)];
  let at = 0;
  for (const name of blocks) {
    const size = BLOCK_LENGTHS[name];
    const sums = new Float64Array(size);
    const squares = new Float64Array(size);
    for (const example of examples) {
      const block = example.blocks[name];
      for (let i = 0; i < size; i++) sums[i]! += block[i]!;
    }
    for (const example of examples) {
      const block = example.blocks[name];
      for (let i = 0; i < size; i++) squares[i]! += (block[i]! - sums[i]! / examples.length) ** 2;
    }
    const deviations = squares.map((square) => Math.sqrt(square / examples.length));
    const floor = Math.max(Number.MIN_VALUE, SMALLEST_DEVIATION * Math.max(...deviations));
    for (let i = 0; i < size; i++) {
      mean[at + i] = sums[i]! / examples.length;
      scale[at + i] = 1 / (Math.max(deviations[i]!, floor) * Math.sqrt(size * blocks.length));
    }
    at += size;
  }
  return { blocks, mean, scale };
}

export function standardised(examples: readonly Example[], standard: Standard): Matrix {
  const { blocks, mean, scale } = standard;
  const columns = mean.length;
  const values = new Float32Array(examples.length * columns);
  let at = 0;
  for (const example of examples) {
    let column = 0;
    for (const name of blocks) {
      for (const value of example.blocks[name]) {
        values[at++] = (value - mean[column]!) * scale[column]!;
        column++;
      }
    }
  }
  return { values, rows: examples.length, columns };
}

/** The same function, of the numbers as they come. */
export function unstandardised({ weights, biases }: Linear, { mean, scale }: Standard): Linear {
  const columns = mean.length;
  const own = weights.map((weight, i) => weight * scale[i % columns]!);
  const shifted = biases.map((bias, score) => {
    for (let i = 0; i < columns; i++) bias -= own[score * columns + i]! * mean[i]!;
    return bias;
  });
  return { weights: own, biases: shifted };
}
