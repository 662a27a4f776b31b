/**
 * FaceRes against TensorFlow.js on real faces, and its batches against single faces. Ours takes RGB; the
 * original is given what it was trained on, BGR less the mean colour of ImageNet.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { HUMAN_MODELS } from '../../models/build/sources/packages.ts';
import { faceCrops, normalise } from './support/faces.ts';
import { openModel, relativeDifference, run, TOLERANCE } from './support/runtime.ts';
import { originals } from './support/sources.ts';
import { loadOriginal } from './support/tensorflow.ts';

const SIZE = 224;

/** Our output, and the node of the original that it stands for. */
const OUTPUTS = new Map([
  ['age', 'age_pred/Softmax'],
  ['gender', 'gender_pred/Sigmoid'],
  ['features', 'global_pooling/Mean'],
  ['map', 'conv_pw_11_relu/clip_by_value'],
]);

const MEAN_BGR = [103.939, 116.779, 123.68];

/** Interleaved RGB as the original wants it: in every pixel the channels turned round, less the mean. */
function asTrained(rgb: Float32Array): Float32Array {
  return rgb.map((_, i) => (rgb[i - (i % 3) + 2 - (i % 3)] ?? 0) - (MEAN_BGR[i % 3] ?? 0));
}

const files = await originals(HUMAN_MODELS);
const session = await openModel('faceres.onnx');
let faces: Float32Array[] = [];

beforeAll(async () => {
  const crops = await faceCrops(SIZE, 1.4);
  // TensorFlow.js takes seconds a face.
  faces = crops.slice(0, 2).map((rgb) => normalise(rgb, 0, 1));
});

describe.skipIf(!files)('faceres.onnx and its original', () => {
  it('agree on every output', { timeout: 60_000 }, async ({ annotate }) => {
    const original = await loadOriginal(files!, 'models/faceres');
    let largest = 0;
    for (const face of faces) {
      const expected = original(asTrained(face), [1, SIZE, SIZE, 3], [...OUTPUTS.values()]);
      const actual = await run(session, face, [1, SIZE, SIZE, 3]);
      for (const [index, name] of [...OUTPUTS.keys()].entries()) {
        const difference = relativeDifference(actual.get(name), expected[index] ?? []);
        expect(difference, name).toBeLessThan(TOLERANCE);
        largest = Math.max(largest, difference);
      }
    }
    await annotate(`largest relative difference ${largest.toExponential(1)}`);
  });
});

describe('faceres.onnx', () => {
  it('gives each face of a batch what it gives the face alone', async () => {
    const batch = new Float32Array(faces.flatMap((face) => [...face]));
    const together = await run(session, batch, [faces.length, SIZE, SIZE, 3]);
    for (const [index, face] of faces.entries()) {
      const alone = await run(session, face, [1, SIZE, SIZE, 3]);
      for (const [name, values] of alone) {
        const start = index * values.length;
        const share = together.get(name)?.subarray(start, start + values.length);
        expect(relativeDifference(share, values), name).toBeLessThan(1e-5);
      }
    }
  });
});
