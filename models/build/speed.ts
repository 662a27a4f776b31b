/**
 * `npx tsx models/build/speed.ts`: the figures of the model cards. For every network: how long it takes
 * to load, and the median time of one run on one thread.
 */
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';

/** Each network with the shapes it is usually given. */
const SHAPES: [file: string, shapes: number[][]][] = [
  [
    'detector.onnx',
    [
      [1, 3, 256, 320],
      [1, 3, 512, 640],
      [1, 3, 1024, 1280],
    ],
  ],
  [
    'mesh.onnx',
    [
      [1, 192, 192, 3],
      [8, 192, 192, 3],
    ],
  ],
  [
    'mobilefacenet.onnx',
    [
      [1, 3, 112, 112],
      [8, 3, 112, 112],
    ],
  ],
  ['faceres.onnx', [[1, 224, 224, 3]]],
  ['emotion.onnx', [[1, 64, 64, 1]]],
];

const RUNS = 31;

for (const [file, shapes] of SHAPES) {
  const location = fileURLToPath(new URL(`../${file}`, import.meta.url));
  const start = performance.now();
  const session = await ort.InferenceSession.create(location, { intraOpNumThreads: 1 });
  console.log(`${file}: loaded in ${(performance.now() - start).toFixed(0)} ms`);
  for (const shape of shapes)
    console.log(`  [${shape}]: ${(await median(session, shape)).toFixed(1)} ms`);
}

/** Time does not depend on what is in the picture, so a wave will do. */
async function median(session: ort.InferenceSession, shape: number[]): Promise<number> {
  const length = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length }, (_, i) => 0.5 + 0.5 * Math.sin(i / 97));
  const feeds = { [session.inputNames[0] ?? '']: new ort.Tensor('float32', values, shape) };
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    await session.run(feeds);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? Number.NaN;
}
