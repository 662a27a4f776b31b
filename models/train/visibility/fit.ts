/** Fits the visibility head, one linear function and a sigmoid, and writes it as a network. */
import { GraphBuilder } from '../../build/onnx/graph-builder.ts';
import { roundedToHalf } from '../half-precision.ts';
import { fitLogistic, sigmoid } from '../logistic.ts';
import type { VisibilityExample } from './examples.ts';

/** Chosen of .03, .1 and .3 on people left out; they differ little. */
const PENALTY = 0.1;

/** That a face is refused for nothing costs more than that a cover is missed. */
const OPEN_IMPORTANCE = 2;

const LEAST_DEVIATION = 1e-3;

export interface VisibilityHead {
  readonly weights: Float32Array;
  readonly bias: number;
}

export function fitVisibility(examples: readonly VisibilityExample[]): VisibilityHead {
  const rows = examples.length;
  const columns = examples[0]!.features.length;
  const mean = new Float64Array(columns);
  const square = new Float64Array(columns);
  for (const { features } of examples) {
    for (let i = 0; i < columns; i++) {
      mean[i]! += features[i]! / rows;
      square[i]! += features[i]! ** 2 / rows;
    }
  }
  // Divided by the root of their number, so that the penalty does not depend on it.
  const scale = square.map(
    (value, i) =>
      1 / ((Math.sqrt(Math.max(0, value - mean[i]! ** 2)) + LEAST_DEVIATION) * Math.sqrt(columns)),
  );
  const values = new Float32Array(rows * columns);
  examples.forEach(({ features }, row) => {
    for (let i = 0; i < columns; i++) {
      values[row * columns + i] = (features[i]! - mean[i]!) * scale[i]!;
    }
  });
  const classes = examples.map((example) => (isOpen(example) ? 1 : 0));
  const { weights, biases } = fitLogistic({
    inputs: { values, rows, columns },
    classes,
    importance: classes.map((open) => (open === 1 ? OPEN_IMPORTANCE : 1)),
    classCount: 2,
    penalty: PENALTY,
  });
  const own = roundedToHalf(Float32Array.from(weights, (weight, i) => weight * scale[i]!));
  const bias = own.reduce((sum, weight, i) => sum - weight * mean[i]!, biases[0]!);
  return { weights: own, bias };
}

export function isOpen({ sight }: Pick<VisibilityExample, 'sight'>): boolean {
  return sight === 'asIs' || sight === 'worse';
}

/** 0..1 */
export function visibilityBy({ weights, bias }: VisibilityHead, features: Float32Array): number {
  return sigmoid(features.reduce((sum, value, i) => sum + value * weights[i]!, bias));
}

/** @returns the bytes of `visibility.onnx`. */
export function visibilityNetwork({ weights, bias }: VisibilityHead): Uint8Array {
  const graph = new GraphBuilder('visibility');
  const features = graph.input('features', ['N', weights.length / 49, 7, 7]);
  const flat = graph.node('Flatten', [features], { axis: 1 });
  const products = graph.node('MatMul', [flat, graph.float32(weights, [weights.length, 1])]);
  const sum = graph.node('Add', [products, graph.float32(Float32Array.of(bias), [1])]);
  graph.output('visible', ['N', 1], graph.node('Sigmoid', [sum]));
  return graph.finish();
}
