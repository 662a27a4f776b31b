/**
 * The scan functions of one machine: threads, each with the shards of its share in memory, so that a large
 * index is scanned by all processors while requests go on. A thread starts with its first task, and again
 * after it has died.
 */
import { Worker } from 'node:worker_threads';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { ScanFunction, ScanRequest } from '../../layers/vectors/index.ts';
import { decodeAnswer, encodeTask } from '../../layers/vectors/index.ts';
import { threadProgram } from './thread-program.ts';

const PROGRAM = new URL('./scan-worker.ts', import.meta.url);

/** What a thread is started with. */
export interface WorkerSettings {
  /** As plain data: a thread makes a client of its own. */
  readonly s3: Pick<S3ClientConfig, 'region' | 'endpoint' | 'credentials' | 'forcePathStyle'>;
  readonly bucket: string;
  /** Of shards, in each thread. */
  readonly cacheBytes: number;
}

export interface Asked {
  readonly id: number;
  readonly request: ScanRequest;
}

type Answered = { readonly id: number } & (
  | { readonly response: unknown }
  | { readonly error: string }
);

/** The thread ended, or could not do what it was asked. */
export class ScanWorkerError extends Error {
  override readonly name = 'ScanWorkerError';
}

export class ScanWorkers {
  readonly #workers: readonly ScanWorker[];

  constructor(count: number, settings: WorkerSettings) {
    this.#workers = Array.from({ length: count }, () => new ScanWorker(settings));
  }

  /** One for each thread. */
  get functions(): ScanFunction[] {
    return this.#workers.map((worker) => (task, signal) => worker.scan(task, signal));
  }

  /** Ends the threads, and with an error what they are doing. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }

  /** The identifiers of the threads that run. */
  get threads(): number[] {
    return this.#workers.flatMap(({ thread }) => thread ?? []);
  }
}

interface Waiting {
  readonly resolve: (response: unknown) => void;
  readonly reject: (error: Error) => void;
}

class ScanWorker {
  readonly #settings: WorkerSettings;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #asked = 0;

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
  }

  get thread(): number | undefined {
    return this.#worker?.threadId;
  }

  readonly scan: ScanFunction = async (task, signal) => {
    signal.throwIfAborted();
    const program = await threadProgram(PROGRAM);
    signal.throwIfAborted();
    const id = this.#asked++;
    const asked: Asked = { id, request: encodeTask(task) };
    const response = await new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      signal.addEventListener('abort', () => this.#settle(id)?.reject(signal.reason), {
        once: true,
      });
      this.#worker ??= this.#start(program);
      this.#worker.postMessage(asked);
    });
    return decodeAnswer(response);
  };

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(program: URL): Worker {
    const worker = new Worker(program, {
      workerData: this.#settings,
      execArgv: [],
    });
    // Requests keep the process alive, not the threads that wait for them.
    worker.unref();
    worker.on('message', (answered: Answered) => {
      const waiting = this.#settle(answered.id);
      if ('error' in answered) waiting?.reject(new ScanWorkerError(answered.error));
      else waiting?.resolve(answered.response);
    });
    worker.on('error', (error) => this.#end(worker, error));
    worker.on('exit', () => this.#end(worker));
    return worker;
  }

  #end(worker: Worker, cause?: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const id of [...this.#waiting.keys()]) {
      this.#settle(id)?.reject(new ScanWorkerError('The thread ended.', { cause }));
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}
