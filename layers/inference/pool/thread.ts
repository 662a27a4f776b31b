/** The main thread's side of one thread that runs inference: questions, answers, and its end. */
import type { Worker } from 'node:worker_threads';
import type { ErrorClass } from '../error-classes.ts';
import type { Answers, Calls, FromThread, Kind, ToThread } from './calls.ts';
import { unpackError } from './packed-error.ts';

/** The thread ended before it had answered: out of memory, or unable to start. */
export class ThreadLostError extends Error {
  override readonly name = 'ThreadLostError';
}

export type StartedThread = Pick<Worker, 'on' | 'postMessage' | 'terminate' | 'unref'>;

interface Pending {
  readonly resolve: (answer: Answers[Kind]) => void;
  readonly reject: (error: Error) => void;
}

export class Thread {
  readonly #worker: StartedThread;
  readonly #pending = new Map<number, Pending>();
  readonly #whenQuiet: (() => void)[] = [];
  #asked = 0;
  #lost: ThreadLostError | undefined;

  /** @param errors classes to know errors by, beside those of inference */
  constructor(worker: StartedThread, errors: readonly ErrorClass[]) {
    this.#worker = worker;
    // Requests keep the process alive, not the threads that wait for them.
    worker.unref();
    worker.on('message', (message: FromThread) => {
      const pending = this.#settle(message.id);
      if ('error' in message) pending?.reject(unpackError(message.error, errors));
      else pending?.resolve(message.answer);
    });
    worker.on('error', (error) => this.#end(error));
    worker.on('exit', () => this.#end());
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** @param given memory that goes over to the thread. @throws ThreadLostError, and what inference throws */
  ask<K extends Kind>(
    kind: K,
    picture: number,
    call: Calls[K],
    given: readonly ArrayBuffer[] = [],
  ): Promise<Answers[K]> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) return reject(this.#lost);
      const id = this.#asked++;
      // The answer has the type that belongs to the question: serve.ts sees to it.
      this.#pending.set(id, { resolve: resolve as Pending['resolve'], reject });
      this.#worker.postMessage({ id, kind, picture, call }, given);
    });
  }

  free(pictures: readonly number[]): void {
    if (this.#lost === undefined) this.#worker.postMessage({ freed: pictures } satisfies ToThread);
  }

  /** Resolves when nothing is asked that is not answered. */
  quiet(): Promise<void> {
    if (this.#pending.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenQuiet.push(resolve));
  }

  /** Ends it, and with an error what it is doing. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #end(cause?: Error): void {
    this.#lost ??= new ThreadLostError('The thread that looked at the picture has ended.', {
      cause,
    });
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(this.#lost);
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) for (const resolve of this.#whenQuiet.splice(0)) resolve();
    return pending;
  }
}
