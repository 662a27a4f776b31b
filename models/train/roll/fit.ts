/** Fits the roll head to crops turned by known angles, and writes it as a network. */
import { GraphBuilder } from '../../build/onnx/graph-builder.ts';
import { roundedToHalf } from '../half-precision.ts';
import { fitPerceptron, type Perceptron } from './perceptron.ts';
import type { TurnedCrop } from './turned-crops.ts';

/**
 * Of 64, 192 and 256, and dropouts of .2 to .4, by errors over 45 degrees on people left out; more turns of
 * the same crops change nothing.
 */
const SHAPE = { hidden: 192, epochs: 20, dropout: 0.4 } as const;

/** Added to the deviation of a feature, for those that are nearly always 0. */
const LEAST_DEVIATION = 1e-3;

/** The direction of a face in a crop, cosine and sine, from the features of the crop as they come. */
export interface RollHead extends Perceptron {}

export async function fitRoll(
  crops: readonly TurnedCrop[],
  report: (epoch: number, loss: number) => void,
): Promise<RollHead> {
  const columns = crops[0]!.map.length;
  const mean = new Float64Array(columns);
  const square = new Float64Array(columns);
  for (const { map } of crops) {
    for (let i = 0; i < columns; i++) {
      mean[i]! += map[i]! / crops.length;
      square[i]! += (map[i]! * map[i]!) / crops.length;
    }
  }
  const deviation = square.map(
    (value, i) => Math.sqrt(Math.max(0, value - mean[i]! ** 2)) + LEAST_DEVIATION,
  );
  const inputs = new Float32Array(crops.length * columns);
  crops.forEach(({ map }, row) => {
    for (let i = 0; i < columns; i++) {
      inputs[row * columns + i] = (map[i]! - mean[i]!) / deviation[i]!;
    }
  });
  const targets = Float32Array.from(
    crops.flatMap(({ angle }) => [Math.cos(angle), Math.sin(angle)]),
  );
  const fitted = await fitPerceptron(
    { inputs, targets, rows: crops.length, outputs: 2 },
    { ...SHAPE, seed: 'roll', report },
  );
  return ofRawFeatures(fitted, mean, deviation);
}

/** The same function of features that are not standardised. */
function ofRawFeatures(
  fitted: Perceptron,
  mean: Float64Array,
  deviation: Float64Array,
): Perceptron {
  const hidden = fitted.hiddenBiases.length;
  const hiddenWeights = fitted.hiddenWeights.map(
    (weight, i) => weight / deviation[Math.floor(i / hidden)]!,
  );
  const rounded = roundedToHalf(hiddenWeights);
  const hiddenBiases = fitted.hiddenBiases.map((bias, h) => {
    let shifted = bias;
    for (let i = 0; i < mean.length; i++) shifted -= mean[i]! * rounded[i * hidden + h]!;
    return shifted;
  });
  return { ...fitted, hiddenWeights: rounded, hiddenBiases };
}

/** @returns the bytes of `roll.onnx`. */
export function rollNetwork(head: RollHead): Uint8Array {
  const hidden = head.hiddenBiases.length;
  const features = head.hiddenWeights.length / hidden;
  const graph = new GraphBuilder('roll');
  const map = graph.input('map', ['N', 6, 6, features / 36]);
  const flat = graph.node('Flatten', [map], { axis: 1 });
  const weights = graph.float32(head.hiddenWeights, [features, hidden]);
  const biases = graph.float32(head.hiddenBiases, [hidden]);
  const sums = graph.node('Add', [graph.node('MatMul', [flat, weights]), biases]);
  const seen = graph.node('Relu', [sums]);
  const outputWeights = graph.float32(head.outputWeights, [hidden, 2]);
  const direction = graph.node('Add', [
    graph.node('MatMul', [seen, outputWeights]),
    graph.float32(head.outputBiases, [2]),
  ]);
  graph.output('direction', ['N', 2], direction);
  return graph.finish();
}

/** Degrees, 0..180: how far a head is off, and how certain it is, crop by crop. */
export function errorsOf(head: RollHead, crops: readonly TurnedCrop[]) {
  const hidden = head.hiddenBiases.length;
  return crops.map(({ map, angle }) => {
    const sums = Float64Array.from(head.hiddenBiases);
    for (let i = 0; i < map.length; i++) {
      const value = map[i]!;
      if (value === 0) continue;
      for (let h = 0; h < hidden; h++) sums[h]! += value * head.hiddenWeights[i * hidden + h]!;
    }
    let [cosine, sine] = [head.outputBiases[0]!, head.outputBiases[1]!];
    for (let h = 0; h < hidden; h++) {
      const seen = Math.max(0, sums[h]!);
      cosine += seen * head.outputWeights[h * 2]!;
      sine += seen * head.outputWeights[h * 2 + 1]!;
    }
    const difference = Math.atan2(sine, cosine) - angle;
    const error = Math.abs(Math.atan2(Math.sin(difference), Math.cos(difference)));
    return { error: (error * 180) / Math.PI, certainty: Math.hypot(cosine, sine) };
  });
}
