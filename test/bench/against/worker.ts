/** A process that looks at photographs with the inference of one checkout, whose folder is its argument. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Layer from '../../../layers/inference/index.ts';
import { serve } from '../side-by-side.ts';

export interface SeenFace {
  /** Left, top, width, height in ratios, then x and y of all landmarks. */
  readonly places: readonly number[];
  readonly vector: Float32Array;
  /** Confidence, roll, yaw, pitch, brightness, sharpness: in the API's units. */
  readonly judged: readonly number[];
}

const [checkout = ''] = process.argv.slice(2);
const index = pathToFileURL(path.join(checkout, 'layers/inference/index.ts')).href;
const { Inference } = (await import(index)) as typeof Layer;
const inference = new Inference({ models: path.join(checkout, 'models'), threads: 1 });

serve(async (bytes): Promise<SeenFace[]> => {
  const picture = await inference.read(bytes);
  const faces = await inference.findFaces(picture);
  const embedded = await inference.embed(picture, faces);
  return faces.map(({ box, landmarks, confidence, pose, quality }, i) => ({
    places: [
      ...[box.left, box.top, box.width, box.height],
      ...Object.values(landmarks).flatMap(({ x, y }) => [x, y]),
    ],
    vector: embedded[i]!.vector,
    judged: [confidence, pose.roll, pose.yaw, pose.pitch, quality.brightness, quality.sharpness],
  }));
});
