/** FaceRes (age, gender, features of a face): TensorFlow.js to ONNX, batch normalisation folded in. */
import type { SourceFiles } from '../sources/packages.ts';
import { readTfjs } from '../tfjs/graph.ts';
import { Lowering } from '../tfjs/lowering.ts';
import { OPERATORS } from '../tfjs/operators.ts';

export function buildFaceres(files: SourceFiles): Uint8Array {
  const source = readTfjs(files.read('models/faceres.json'), files.read('models/faceres.bin'));
  const lowering = new Lowering('faceres', source, OPERATORS);
  lowering.image('face', 'input_1', ['N', 224, 224, 3]);
  lowering.output('age', 'age_pred/Softmax', ['N', 100]);
  lowering.output('gender', 'gender_pred/Sigmoid', ['N', 1]);
  lowering.output('features', 'global_pooling/Mean', ['N', 1024]);
  return lowering.graph.finish();
}
