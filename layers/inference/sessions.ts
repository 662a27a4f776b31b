/**
 * The ONNX models of one folder, each loaded on first use, once, however many calls ask at the same
 * time. A load that failed is tried again by the next call.
 */
import path from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';

export interface FloatTensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Told after each run of a model: its file and the milliseconds it took. */
export type RunObserver = (file: string, milliseconds: number) => void;

export class Sessions {
  readonly #folder: string;
  readonly #threads: number;
  readonly #observe: RunObserver | undefined;
  readonly #loading = new Map<string, Promise<InferenceSession>>();

  /** @param threads for each operator of a model (intra-op); models run one operator at a time. */
  constructor(folder: string, threads: number, observe?: RunObserver) {
    this.#folder = folder;
    this.#threads = threads;
    this.#observe = observe;
  }

  /**
   * Runs a model with one float input.
   *
   * @returns its outputs by name. Throws what onnxruntime throws when the file is missing or the
   * input does not fit.
   */
  async run(
    file: string,
    input: string,
    tensor: FloatTensor,
  ): Promise<(output: string) => Float32Array> {
    const { Tensor } = await import('onnxruntime-node');
    const session = await this.#session(file);
    const start = performance.now();
    const outputs = await session.run({ [input]: new Tensor(tensor.data, tensor.shape) });
    this.#observe?.(file, performance.now() - start);
    return (name) => floats(outputs[name], `${name} of ${file}`);
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
    const loading = this.#load(file);
    this.#loading.set(file, loading);
    loading.catch(() => this.#loading.delete(file));
    return loading;
  }

  async #load(file: string): Promise<InferenceSession> {
    const { InferenceSession } = await import('onnxruntime-node');
    return InferenceSession.create(path.join(this.#folder, file), {
      intraOpNumThreads: this.#threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
    });
  }
}

function floats(tensor: Tensor | undefined, name: string): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new TypeError(`${name} is no float tensor`);
  return tensor.data;
}
