/** The program of the smoke test: `node index.mjs <models folder>`; fails unless inference works. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Inference } from '../../layers/inference/index.ts';

const SIDE = 320;

export async function probe(models: string): Promise<void> {
  const { InferenceSession } = await import('onnxruntime-node');
  for (const file of await readdir(models)) {
    const session = await InferenceSession.create(path.join(models, file));
    await session.release();
  }
  const { default: sharp } = await import('sharp');
  const grey = { width: SIDE, height: SIDE, channels: 3, background: '#888' } as const;
  const jpeg = await sharp({ create: grey }).jpeg().toBuffer();
  const inference = new Inference({ models, threads: 1 });
  const faces = await inference.findFaces(await inference.read(jpeg));
  await inference.close();
  if (faces.length > 0) throw new Error('A grey picture has faces.');
}
