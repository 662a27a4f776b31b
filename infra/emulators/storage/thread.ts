/**
 * The threads of stores, as seen from the one that answers requests. A thread serves one store at a time and
 * the next one when that is closed, since starting one takes longer than opening a file.
 */
import { Worker } from 'node:worker_threads';
import { errorOfKind, StoreError } from './errors.ts';
import type { Answered, Answers, Asked, Failure, Request, WorkerSettings } from './messages.ts';

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** Threads without a store; the process may end while they wait. */
const idle: StoreThread[] = [];
const MOST_IDLE = 3;

export class StoreThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #outbox: Asked[] = [];
  #asked = 0;
  #isDead = false;

  private constructor() {
    this.#worker = new Worker(new URL('./worker.mjs', import.meta.url), { execArgv: [] });
    this.#worker.on('message', (answered: Answered[]) => {
      for (const one of answered) this.#settle(one);
      if (this.#waiting.size === 0) this.#worker.unref();
    });
    this.#worker.on('error', (cause) => this.#die(cause));
    this.#worker.on('exit', () => this.#die(undefined));
  }

  /** A thread that has the store open. @throws StoreError */
  static async open(settings: WorkerSettings): Promise<StoreThread> {
    const thread = idle.pop() ?? new StoreThread();
    try {
      await thread.ask({ kind: 'open', settings });
      return thread;
    } catch (error) {
      thread.#rest();
      throw error;
    }
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** What is asked in one turn goes in one message. @throws StoreError */
  ask<R extends Request>(request: R): Promise<Answers[R['kind']]> {
    return new Promise<Answers[R['kind']]>((resolve, reject) => {
      if (this.#isDead) {
        reject(new StoreError('The thread of the store has ended.'));
        return;
      }
      const id = this.#asked++;
      this.#waiting.set(id, { resolve, reject });
      this.#outbox.push({ id, request });
      if (this.#outbox.length === 1) queueMicrotask(() => this.#send());
    });
  }

  /** Closes the store, and lets another one have the thread. */
  async close(): Promise<void> {
    await this.ask({ kind: 'close' }).catch(() => undefined);
    this.#rest();
  }

  #rest(): void {
    if (this.#isDead) return;
    if (idle.length < MOST_IDLE) idle.push(this);
    else void this.#worker.terminate();
  }

  #send(): void {
    const asked = this.#outbox;
    this.#outbox = [];
    this.#worker.ref();
    this.#worker.postMessage(asked);
  }

  #settle(answered: Answered): void {
    const waiting = this.#waiting.get(answered.id);
    this.#waiting.delete(answered.id);
    if ('failure' in answered) waiting?.reject(errorOf(answered.failure));
    else waiting?.resolve(answered.answer as never);
  }

  #die(cause: unknown): void {
    this.#isDead = true;
    const place = idle.indexOf(this);
    if (place >= 0) idle.splice(place, 1);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) {
      reject(new StoreError('The thread of the store has ended; another one starts.', { cause }));
    }
  }
}

/** The error of the thread, with its class. */
function errorOf({ name, message, code }: Failure): StoreError {
  const cause = code === undefined ? undefined : Object.assign(new Error(code), { code });
  return errorOfKind(name, message, cause);
}
