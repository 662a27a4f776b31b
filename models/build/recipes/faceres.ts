/**
 * FaceRes (age, gender, features of a face): TensorFlow.js to ONNX, batch normalisation folded in.
 * The last feature map of 14 by 14 positions is an output too: it still tells where in the face.
 *
 * The network was trained on BGR less the mean colour of ImageNet, Caffe's convention, though the
 * package that carries it feeds plain RGB. The result takes RGB and does the rest itself.
 */
import type { SourceFiles } from '../sources/packages.ts';
import { readTfjs } from '../tfjs/graph.ts';
import { Lowering } from '../tfjs/lowering.ts';
import { OPERATORS } from '../tfjs/operators.ts';

/** Blue, green, red: `preprocess_input(mode='caffe')` of Keras. */
const IMAGENET_MEAN = Float32Array.of(103.939, 116.779, 123.68);

export function buildFaceres(files: SourceFiles): Uint8Array {
  const source = readTfjs(files.read('models/faceres.json'), files.read('models/faceres.bin'));
  const lowering = new Lowering('faceres', source, OPERATORS);
  const { graph } = lowering;
  const rgb = graph.input('face', ['N', 224, 224, 3]);
  const bgr = graph.node('Gather', [rgb, graph.int64([2, 1, 0])], { axis: 3 });
  lowering.bind('input_1', graph.node('Sub', [bgr, graph.float32(IMAGENET_MEAN, [3])]));
  lowering.output('age', 'age_pred/Softmax', ['N', 100]);
  lowering.output('gender', 'gender_pred/Sigmoid', ['N', 1]);
  lowering.output('features', 'global_pooling/Mean', ['N', 1024]);
  lowering.output('map', 'conv_pw_11_relu/clip_by_value', ['N', 14, 14, 512]);
  return graph.finish();
}
