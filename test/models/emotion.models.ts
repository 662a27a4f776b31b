/** The network for expressions against TensorFlow.js on real faces, and its batches against single faces. */
import { beforeAll, describe, expect, it } from 'vitest';
import { HUMAN_MODELS } from '../../models/build/sources/packages.ts';
import { faceCrops } from './support/faces.ts';
import { openModel, relativeDifference, run, TOLERANCE } from './support/runtime.ts';
import { originals } from './support/sources.ts';
import { loadOriginal } from './support/tensorflow.ts';

const SIZE = 64;

const LOGITS = 'StatefulPartitionedCall/model_1/global_average_pooling2d_1/Mean';

const files = await originals(HUMAN_MODELS);
const session = await openModel('emotion.onnx');
let faces: Float32Array[] = [];

beforeAll(async () => {
  const crops = await faceCrops(SIZE, 1.1);
  faces = crops.map((rgb) =>
    Float32Array.from({ length: SIZE * SIZE }, (_, i) => {
      const [red = 0, green = 0, blue = 0] = rgb.subarray(i * 3, i * 3 + 3);
      return (0.299 * red + 0.587 * green + 0.114 * blue) / 127.5 - 1;
    }),
  );
});

describe.skipIf(!files)('emotion.onnx and its original', () => {
  it('agree on every output', { timeout: 60_000 }, async ({ annotate }) => {
    const original = await loadOriginal(files!, 'models/emotion');
    let largest = 0;
    for (const face of faces) {
      const [expected = []] = original(face, [1, SIZE, SIZE, 1], [LOGITS]);
      const actual = await run(session, face, [1, SIZE, SIZE, 1]);
      const difference = relativeDifference(actual.get('logits'), expected);
      expect(difference).toBeLessThan(TOLERANCE);
      largest = Math.max(largest, difference);
    }
    await annotate(`largest relative difference ${largest.toExponential(1)}`);
  });
});

describe('emotion.onnx', () => {
  it('gives each face of a batch what it gives the face alone', async () => {
    const batch = new Float32Array(faces.flatMap((face) => [...face]));
    const together = await run(session, batch, [faces.length, SIZE, SIZE, 1]);
    for (const [index, face] of faces.entries()) {
      const alone = (await run(session, face, [1, SIZE, SIZE, 1])).get('logits') ?? [];
      const share = together.get('logits')?.subarray(index * 7, index * 7 + 7);
      expect(relativeDifference(share, alone)).toBeLessThan(1e-5);
    }
  });
});
