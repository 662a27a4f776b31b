/** A thread that decodes; thread-decoder.ts starts it by way of thread.mjs. */
import { parentPort } from 'node:worker_threads';
import { CoreDecoder } from './core-decoder.ts';
import type { DecodeTask } from './decoder.ts';
import { VideoError } from './errors.ts';
import type { Answered } from './thread-decoder.ts';

const decoder = new CoreDecoder();
const never = new AbortController().signal;

parentPort?.on('message', async (task: DecodeTask) => {
  try {
    const decoded = await decoder.decode(task, never);
    const answer: Answered = { decoded };
    const buffers = decoded.wanted.map(({ picture }) => picture.data.buffer as ArrayBuffer);
    parentPort?.postMessage(answer, buffers);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const answer: Answered = { failure: message, isOfVideo: error instanceof VideoError };
    parentPort?.postMessage(answer);
  }
});
