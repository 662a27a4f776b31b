/** Inference on one machine: in threads, as many as there are processors unless somebody says otherwise. */
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import {
  type FaceModelEntry,
  type FaceModels,
  InferencePool,
  type Work,
} from '../../layers/inference/index.ts';
import { InstalledModelError } from '../models/installed.ts';

/** What a thread is started with. */
export interface InferenceThreadSettings {
  /** The folder of the networks that Recollect brings. */
  readonly models: string;
  readonly faceModels: readonly FaceModelEntry[];
  readonly defaultFaceModel: string;
}

export interface InferenceThreadsOptions {
  /** The most threads. */
  readonly threads: number;
  readonly models: string;
  readonly faceModels: FaceModels;
  readonly work: Work;
  /** The most photographs that wait. */
  readonly waiting: number;
  /** What a thread runs. Default: inference-thread.mjs. */
  readonly program?: URL;
}

/**
 * How many photographs may wait for so many threads: half a minute of work or a whole one, which is as long as
 * clients wait for an answer before they ask again.
 */
export function waitingFor(threads: number): number {
  return 128 * threads;
}

/**
 * Before V8 collects the garbage of a whole heap again, that may become so much larger, in percent, than what was left
 * the last time. It counts the pixels of pictures, and by itself lets a heap that lives on next to nothing grow by so
 * little that every second photograph brings a collection: a twentieth of the processors' time. This is the most that
 * V8 grants a heap on its own. It holds for the whole process.
 */
const HEAP_GROWTH = 300;

export function inferenceThreads(options: InferenceThreadsOptions): InferencePool {
  const { threads, models, faceModels, work, waiting } = options;
  const { program = new URL('./inference-thread.mjs', import.meta.url) } = options;
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`);
  const workerData: InferenceThreadSettings = {
    models,
    faceModels: faceModels.entries,
    defaultFaceModel: faceModels.default,
  };
  return new InferencePool({
    threads,
    work,
    waiting,
    errors: [InstalledModelError],
    start: () => new Worker(program, { workerData, execArgv: [] }),
  });
}
