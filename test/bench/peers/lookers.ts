/** How each subject is set up: to do what the service does for IndexFaces, and no more. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import sharp from 'sharp';
import { Inference } from '../../../layers/inference/index.ts';
import { MODELS } from '../folder.ts';

/** Each finds the faces of a photograph and makes a vector of every one, on one thread. */
export const SUBJECTS = ['ours', 'human', 'face-api'] as const;
export type SubjectName = (typeof SUBJECTS)[number];

/** Takes the bytes of a JPEG. @returns how many faces were found and described */
type Looker = (bytes: Uint8Array) => Promise<number>;

/** @param folder where the peers are installed. */
export function lookerOf(subject: SubjectName, folder: string): Promise<Looker> {
  const required = createRequire(path.join(folder, 'package.json'));
  const wasm = `${path.dirname(required.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`;
  if (subject === 'human') return human(required, folder, wasm);
  return subject === 'face-api' ? faceApi(required, folder, wasm) : ours();
}

async function ours(): Promise<Looker> {
  const inference = new Inference({ models: MODELS, threads: 1 });
  return async (bytes) => {
    const picture = await inference.read(bytes);
    const faces = await inference.findFaces(picture);
    return (await inference.embed(picture, faces)).length;
  };
}

/** What the peers are used by; their own types need the packages. */
interface TensorFlow {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor3d(data: Uint8Array, shape: readonly number[], type: string): Tensor;
}

interface Tensor {
  dispose(): void;
}

async function decoded(bytes: Uint8Array) {
  sharp.concurrency(1);
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  return { data, shape: [info.height, info.width, info.channels] };
}

/** Its detector, mesh, iris and description; what it finds in one picture it forgets before the next. */
async function human(required: NodeJS.Require, folder: string, wasm: string): Promise<Looker> {
  // It reads models over HTTP only.
  const origin = 'http://models.invalid/';
  const models = path.join(folder, 'node_modules/@vladmandic/human/models');
  const load: typeof fetch = async (resource) =>
    new Response(await readFile(path.join(models, String(resource).slice(origin.length))));
  globalThis.fetch = load;
  const { Human } = required(
    path.join(folder, 'node_modules/@vladmandic/human/dist/human.node-wasm.js'),
  ) as {
    Human: new (
      config: object,
    ) => {
      readonly tf: TensorFlow;
      load(): Promise<void>;
      detect(input: Tensor): Promise<{ face: readonly { embedding?: readonly number[] }[] }>;
    };
  };
  const off = { enabled: false };
  const on = { enabled: true };
  const detector = new Human({
    backend: 'wasm',
    wasmPath: wasm,
    wasmPlatformFetch: false,
    modelBasePath: origin,
    cacheSensitivity: 0,
    filter: off,
    face: {
      enabled: true,
      detector: { maxDetected: 100, rotation: true },
      mesh: on,
      iris: on,
      description: on,
      emotion: off,
      antispoof: off,
      liveness: off,
    },
    body: off,
    hand: off,
    object: off,
    segmentation: off,
    gesture: off,
  });
  await detector.load();
  return async (bytes) => {
    const { data, shape } = await decoded(bytes);
    const tensor = detector.tf.tensor3d(data, shape, 'int32');
    const { face } = await detector.detect(tensor);
    tensor.dispose();
    return face.filter(({ embedding }) => embedding !== undefined && embedding.length > 0).length;
  };
}

/** Its better detector, its landmarks, by which it aligns, and its vectors. */
async function faceApi(required: NodeJS.Require, folder: string, wasm: string): Promise<Looker> {
  const backend = required('@tensorflow/tfjs-backend-wasm') as {
    setWasmPaths(folder: string): void;
  };
  backend.setWasmPaths(wasm);
  const tf = required('@tensorflow/tfjs') as TensorFlow;
  await tf.setBackend('wasm');
  await tf.ready();
  interface Net {
    loadFromDisk(folder: string): Promise<void>;
  }
  const api = required('@vladmandic/face-api/dist/face-api.node-wasm.js') as {
    readonly nets: Record<'ssdMobilenetv1' | 'faceLandmark68Net' | 'faceRecognitionNet', Net>;
    readonly SsdMobilenetv1Options: new (options: object) => object;
    detectAllFaces(
      input: Tensor,
      options: object,
    ): {
      withFaceLandmarks(): { withFaceDescriptors(): Promise<readonly object[]> };
    };
  };
  const models = path.join(folder, 'node_modules/@vladmandic/face-api/model');
  const { ssdMobilenetv1, faceLandmark68Net, faceRecognitionNet } = api.nets;
  for (const net of [ssdMobilenetv1, faceLandmark68Net, faceRecognitionNet]) {
    await net.loadFromDisk(models);
  }
  const options = new api.SsdMobilenetv1Options({ minConfidence: 0.5, maxResults: 100 });
  return async (bytes) => {
    const { data, shape } = await decoded(bytes);
    const tensor = tf.tensor3d(data, shape, 'int32');
    const faces = await api
      .detectAllFaces(tensor, options)
      .withFaceLandmarks()
      .withFaceDescriptors();
    tensor.dispose();
    return faces.length;
  };
}
