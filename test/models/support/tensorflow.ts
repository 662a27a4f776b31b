/**
 * TensorFlow.js 4.22 itself, on its own CPU backend: the runtime that the graph models were made for.
 * It comes bundled, for browsers, in `@vladmandic/human`, hence the window that it looks for.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SourceFiles } from '../../../models/build/sources/packages.ts';

interface Tensor {
  dataSync(): Float32Array;
}

interface GraphModel {
  /** One tensor for one output, a list for several. */
  execute(input: Tensor, outputs: string[]): Tensor | Tensor[];
}

/** The part of TensorFlow.js that is used here. */
interface TensorFlow {
  /** Silences advice. */
  enableProdMode(): void;
  setBackend(name: 'cpu'): Promise<boolean>;
  tensor(values: Float32Array, shape: number[]): Tensor;
  loadGraphModel(handler: { load(): Promise<object> }): Promise<GraphModel>;
}

/** @param outputs names of nodes; the results come in the same order */
export type Runner = (values: Float32Array, shape: number[], outputs: string[]) => Float32Array[];

/** Loads the graph model of `name`.json and `name`.bin among the files. */
export async function loadOriginal(files: SourceFiles, name: string): Promise<Runner> {
  const tf = await loadTensorFlow();
  const { weightsManifest, ...artifacts } = JSON.parse(
    new TextDecoder().decode(files.read(`${name}.json`)),
  );
  const weightSpecs = weightsManifest.flatMap((group: { weights: object[] }) => group.weights);
  const weightData = Uint8Array.from(files.read(`${name}.bin`)).buffer;
  const model = await tf.loadGraphModel({
    load: async () => ({ ...artifacts, weightSpecs, weightData }),
  });
  return (values, shape, outputs) =>
    [model.execute(tf.tensor(values, shape), outputs)].flat().map((tensor) => tensor.dataSync());
}

async function loadTensorFlow(): Promise<TensorFlow> {
  Object.assign(globalThis, { window: { document: {} } });
  const main = createRequire(import.meta.url).resolve('@vladmandic/human');
  const bundle = path.join(path.dirname(main), 'tfjs.esm.js');
  const tf: TensorFlow = await import(pathToFileURL(bundle).href);
  tf.enableProdMode();
  await tf.setBackend('cpu');
  return tf;
}
