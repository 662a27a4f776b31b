/** The program of the smoke test: `node index.mjs <models folder>`; fails unless inference works. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { ATTRIBUTES, Inference } from '../../../layers/inference/index.ts';

const SIDE = 320;

export async function checkInference(models: string): Promise<void> {
  const { InferenceSession } = await import('onnxruntime-node');
  for (const file of (await readdir(models)).filter((name) => name.endsWith('.onnx'))) {
    const session = await InferenceSession.create(path.join(models, file));
    await session.release();
  }
  const { default: sharp } = await import('sharp');
  const grey = { width: SIDE, height: SIDE, channels: 3, background: '#888' } as const;
  const jpeg = await sharp({ create: grey }).jpeg().toBuffer();
  const inference = new Inference({ models, threads: 1 });
  const picture = await inference.read(jpeg);
  const faces = await inference.findFaces(picture);
  if (faces.length > 0) throw new Error('A grey picture has faces.');
  // Whatever is said of a face that is not there, every model and every head has to say it.
  await inference.describe(picture, [imagined()], new Set(ATTRIBUTES));
  await inference.close();
}

function imagined(): Parameters<Inference['describe']>[1][number] {
  return {
    mesh: Float32Array.from({ length: 478 * 3 }, (_, i) => 0.5 + 0.2 * Math.sin(i)),
    pose: { roll: 0, yaw: 0, pitch: 0 },
    quality: { brightness: 50, sharpness: 50 },
    gain: 1,
  };
}
