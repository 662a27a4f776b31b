/**
 * The face mesh with attention (468 landmarks, refined lips and eyes, both irises): TensorFlow.js to
 * ONNX. The source was exported for one face; the result takes any number. The last feature map that all
 * heads share is an output too: it tells which way up the face is.
 */
import type { SourceFiles } from '../sources/packages.ts';
import { readTfjs } from '../tfjs/graph.ts';
import { Lowering } from '../tfjs/lowering.ts';
import { OPERATORS } from '../tfjs/operators.ts';

const SOURCE = 'models/facemesh-attention-pinto';

/** Our name, the source's name, and the number of values per face. */
const OUTPUTS = [
  ['mesh', 'output_mesh_identity', 3 * 468],
  ['lips', 'output_lips', 2 * 80],
  ['leftEye', 'output_left_eye', 2 * 71],
  ['rightEye', 'output_right_eye', 2 * 71],
  ['leftIris', 'output_left_iris', 2 * 5],
  ['rightIris', 'output_right_iris', 2 * 5],
  ['faceFlag', 'conv_faceflag', 1],
] as const;

export function buildMesh(files: SourceFiles): Uint8Array {
  const source = readTfjs(files.read(`${SOURCE}.json`), files.read(`${SOURCE}.bin`));
  const lowering = new Lowering('mesh', source, OPERATORS);
  lowering.bind('input_1', lowering.graph.input('crop', ['N', 192, 192, 3]));
  for (const [name, node, length] of OUTPUTS) lowering.output(name, node, ['N', 1, 1, length]);
  lowering.output('map', 'max_pooling2d_3', ['N', 6, 6, 128]);
  return lowering.graph.finish();
}
