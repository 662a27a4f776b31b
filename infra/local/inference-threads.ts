/** Inference on one machine: in threads, as many as there are processors unless somebody says otherwise. */
import { Worker } from 'node:worker_threads';
import {
  type FaceModelEntry,
  type FaceModels,
  InferencePool,
  type Work,
} from '../../layers/inference/index.ts';
import { InstalledModelError } from '../models/installed.ts';
import { threadProgram } from './thread-program.ts';

const PROGRAM = new URL('./inference-thread.ts', import.meta.url);

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
  /** What a thread runs. Default: inference-thread.ts. */
  readonly program?: URL;
}

/**
 * How many photographs may wait for so many threads: half a minute of work or a whole one, which is as long as
 * clients wait for an answer before they ask again.
 */
export function waitingFor(threads: number): number {
  return 128 * threads;
}

export async function inferenceThreads(options: InferenceThreadsOptions): Promise<InferencePool> {
  const { threads, models, faceModels, work, waiting } = options;
  const program = options.program ?? (await threadProgram(PROGRAM));
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
