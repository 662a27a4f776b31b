/** The face mesh against TensorFlow.js on real faces, and its batches against single faces. */
import { beforeAll, describe, expect, it } from 'vitest';
import { HUMAN_MODELS } from '../../models/build/sources/packages.ts';
import { faceCrops, normalise } from './support/faces.ts';
import { openModel, relativeDifference, run, TOLERANCE } from './support/runtime.ts';
import { originals } from './support/sources.ts';
import { loadOriginal } from './support/tensorflow.ts';

const SIZE = 192;

/** Our output, and the node of the original that it stands for. */
const OUTPUTS = new Map([
  ['mesh', 'output_mesh_identity'],
  ['lips', 'output_lips'],
  ['leftEye', 'output_left_eye'],
  ['rightEye', 'output_right_eye'],
  ['leftIris', 'output_left_iris'],
  ['rightIris', 'output_right_iris'],
  ['faceFlag', 'conv_faceflag'],
  ['map', 'max_pooling2d_3'],
]);

const files = await originals(HUMAN_MODELS);
const session = await openModel('mesh.onnx');
let faces: Float32Array[] = [];

beforeAll(async () => {
  const crops = await faceCrops(SIZE, 1.5);
  faces = crops.map((rgb) => normalise(rgb, 0, 255));
});

describe.skipIf(!files)('mesh.onnx and its original', () => {
  it('agree on every output', async ({ annotate }) => {
    const original = await loadOriginal(files!, 'models/facemesh-attention-pinto');
    let largest = 0;
    for (const face of faces) {
      const expected = original(face, [1, SIZE, SIZE, 3], [...OUTPUTS.values()]);
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

describe('mesh.onnx', () => {
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

  it('sees a face in the crops and none in grey', async () => {
    const grey = new Float32Array(SIZE * SIZE * 3).fill(0.5);
    const flag = async (crop: Float32Array): Promise<number> => {
      const outputs = await run(session, crop, [1, SIZE, SIZE, 3]);
      return outputs.get('faceFlag')?.[0] ?? Number.NaN;
    };
    for (const face of faces) expect(await flag(face)).toBeGreaterThan(0);
    expect(await flag(grey)).toBeLessThan(0);
  });

  it('answers crops whose eyes and lips lie outside, where sampling leaves the features', async () => {
    for (const [index, face] of faces.entries()) {
      // Shifted by half a crop and more, the eyes or the mouth are beyond the border.
      for (const shift of [0.45, -0.45, 0.7, -0.7]) {
        const offset = Math.round(shift * SIZE) * SIZE * 3 + index * 120;
        const moved = face.map((_, i) => face[i + offset] ?? 0);
        const outputs = await run(session, moved, [1, SIZE, SIZE, 3]);
        for (const values of outputs.values()) expect(values.every(Number.isFinite)).toBe(true);
      }
    }
  });
});
