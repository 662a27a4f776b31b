/**
 * The ONNX models of one folder, and others that a loader brings, each loaded on first use, once, however many
 * calls ask at the same time. A load that failed is tried again by the next call.
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { Buffers } from './buffers.ts';
import { fromHalves, toHalves } from './half.ts';
import { inBlocks } from './onnx/blocked.ts';
import { onnxruntime } from './onnx/runtime.ts';

export interface FloatTensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/**
 * Finds a model that is not simply a file of the folder.
 * @returns its bytes, or the path of its file; undefined to have it read from the folder
 */
export type ModelLoader = (file: string) => Promise<Uint8Array | string | undefined>;

/** Told after each run of a model: its file and the milliseconds it took. */
export type RunObserver = (file: string, milliseconds: number) => void;

export class Sessions {
  readonly #folder: string;
  readonly #threads: number;
  readonly #observe: RunObserver | undefined;
  readonly #load: ModelLoader;
  readonly #loading = new Map<string, Promise<InferenceSession>>();
  readonly #buffers = new Buffers();

  /** @param threads for each operator of a model (intra-op); models run one operator at a time. */
  constructor(
    folder: string,
    threads: number,
    observe?: RunObserver,
    load: ModelLoader = async () => undefined,
  ) {
    this.#folder = folder;
    this.#threads = threads;
    this.#observe = observe;
    this.#load = load;
  }

  /**
   * Runs a model with one input of float numbers, of single or half precision as the model has it.
   *
   * @returns its outputs by name. Throws what onnxruntime throws when the file is missing or the
   * input does not fit.
   */
  async run(
    file: string,
    input: string,
    tensor: FloatTensor,
  ): Promise<(output: string) => Float32Array> {
    const { Tensor } = await onnxruntime();
    const session = await this.#session(file);
    const { data, shape } = tensor;
    const given = isHalf(session, input)
      ? new Tensor('float16', toHalves(data), shape)
      : new Tensor(data, shape);
    const start = performance.now();
    const outputs = await session.run({ [input]: given });
    this.#observe?.(file, performance.now() - start);
    return (name) => floats(outputs[name], `${name} of ${file}`);
  }

  /**
   * As {@link run}, on numbers that are written into a buffer which is used again.
   *
   * @param fill writes all numbers of the shape.
   */
  async feed(
    file: string,
    input: string,
    shape: readonly number[],
    fill: (data: Float32Array) => void,
  ): Promise<(output: string) => Float32Array> {
    const data = this.#buffers.take(shape.reduce((product, length) => product * length, 1));
    try {
      fill(data);
      return await this.run(file, input, { data, shape });
    } finally {
      this.#buffers.give(data);
    }
  }

  async close(): Promise<void> {
    const sessions = await Promise.allSettled(this.#loading.values());
    this.#loading.clear();
    for (const session of sessions) {
      if (session.status === 'fulfilled') await session.value.release();
    }
  }

  #session(file: string): Promise<InferenceSession> {
    const known = this.#loading.get(file);
    if (known) return known;
    const loading = this.#create(file);
    this.#loading.set(file, loading);
    loading.catch(() => this.#loading.delete(file));
    return loading;
  }

  async #create(file: string): Promise<InferenceSession> {
    const { InferenceSession } = await onnxruntime();
    const found = (await this.#load(file)) ?? path.join(this.#folder, file);
    const options: InferenceSession.SessionOptions = {
      intraOpNumThreads: this.#threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      // Shapes differ from picture to picture: patterns of them would each claim the most that a run takes, for some
      // 40 MB more in every thread, and be of use to few runs.
      enableMemPattern: false,
      graphOptimizationLevel: 'all',
      // Errors: it would warn of every constant that `inBlocks` needs no longer.
      logSeverityLevel: 3,
    };
    const model = await asItRunsFastest(found);
    return typeof model === 'string'
      ? InferenceSession.create(model, options)
      : InferenceSession.create(model, options);
  }
}

/** A larger network than this, in bytes, is not copied for the sake of its spelling. */
const MOST_COPIED = 64 * 1024 * 1024;

/** On other processors the runtime does not compute in blocks. */
async function asItRunsFastest(found: Uint8Array | string): Promise<Uint8Array | string> {
  if (process.arch !== 'x64') return found;
  if (typeof found !== 'string') return found.length > MOST_COPIED ? found : spelled(found);
  const size = await stat(found).then(
    (stats) => stats.size,
    () => Number.POSITIVE_INFINITY,
  );
  return size > MOST_COPIED ? found : spelled(await readFile(found));
}

/** What cannot be read is the runtime's to refuse. */
function spelled(model: Uint8Array): Uint8Array {
  try {
    return inBlocks(model);
  } catch (error) {
    if (error instanceof RangeError) return model;
    throw error;
  }
}

function isHalf({ inputMetadata }: InferenceSession, input: string): boolean {
  return inputMetadata.some(
    (port) => port.name === input && port.isTensor && port.type === 'float16',
  );
}

function floats(tensor: Tensor | undefined, name: string): Float32Array {
  if (tensor?.type === 'float16') return fromHalves(tensor.data);
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new TypeError(`${name} is no float tensor`);
}
