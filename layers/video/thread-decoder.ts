/**
 * Decoding with FFmpeg as WebAssembly in a thread of its own, so that whoever asks goes on answering others, and
 * so that what hangs can be ended. The thread starts with its first task, and again after it has died.
 */
import { Worker } from 'node:worker_threads';
import { type Decoded, type Decoder, type DecodeTask, PATIENCE_S } from './decoder.ts';
import { DecoderError, VideoError } from './errors.ts';

export type Answered =
  | { readonly decoded: Decoded }
  | { readonly failure: string; readonly isOfVideo: boolean };

export class ThreadDecoder implements Decoder {
  readonly name = 'FFmpeg as WebAssembly';
  #worker: Worker | undefined;

  async decode(task: DecodeTask, signal: AbortSignal): Promise<Decoded> {
    signal.throwIfAborted();
    this.#worker ??= new Worker(new URL('./thread.mjs', import.meta.url));
    const worker = this.#worker;
    // What a thread is waited for is decided here, so it does not keep the process alive by itself.
    const answer = await new Promise<Answered>((resolve, reject) => {
      const timer = setTimeout(
        () => end(new DecoderError(`Decoding took longer than ${PATIENCE_S} seconds.`)),
        PATIENCE_S * 1000,
      );
      const onAbort = () => end(signal.reason);
      const onMessage = (answered: Answered) => {
        settle();
        resolve(answered);
      };
      const onError = (cause: Error) =>
        end(new DecoderError(`The thread that decodes died: ${cause.message}`, { cause }));
      const onExit = () => end(new DecoderError('The thread that decodes ended.'));
      const settle = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      };
      const end = (reason: unknown) => {
        settle();
        this.#worker = undefined;
        worker.on('error', () => undefined);
        void worker.terminate();
        reject(reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      worker.postMessage(task);
    });
    if ('decoded' in answer) return answer.decoded;
    throw answer.isOfVideo ? new VideoError(answer.failure) : new DecoderError(answer.failure);
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}
