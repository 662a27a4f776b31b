/** Emotion (seven facial expressions): TensorFlow.js to ONNX, up to the logits. */
import type { SourceFiles } from '../sources/packages.ts';
import { readTfjs } from '../tfjs/graph.ts';
import { Lowering } from '../tfjs/lowering.ts';
import { OPERATORS } from '../tfjs/operators.ts';

/** The mean over the last feature map, which the source's softmax takes. */
const LOGITS = 'StatefulPartitionedCall/model_1/global_average_pooling2d_1/Mean';

export function buildEmotion(files: SourceFiles): Uint8Array {
  const source = readTfjs(files.read('models/emotion.json'), files.read('models/emotion.bin'));
  const lowering = new Lowering('emotion', source, OPERATORS);
  lowering.bind('input_1', lowering.graph.input('face', ['N', 64, 64, 1]));
  lowering.output('logits', LOGITS, ['N', 7]);
  return lowering.graph.finish();
}
