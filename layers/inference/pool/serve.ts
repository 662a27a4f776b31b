/**
 * The thread's side: does what it is asked, one thing after the other, and keeps the pictures that it has read
 * until it is told that they are done with.
 */
import type { MessagePort } from 'node:worker_threads';
import type { InferencePort, PictureHandle } from '../port.ts';
import type { Answers, Asked, FromThread, Kind, ToThread } from './calls.ts';
import { packError } from './packed-error.ts';

/** A picture is asked for that was never read, or is done with. */
class NoPictureError extends Error {
  override readonly name = 'NoPictureError';
}

export function serveInference(
  port: Pick<MessagePort, 'on' | 'postMessage'>,
  inference: InferencePort,
): void {
  const pictures = new Map<number, PictureHandle>();
  let last: Promise<void> = Promise.resolve();
  port.on('message', (message: ToThread) => {
    last = last.then(async () => {
      if ('freed' in message) free(inference, pictures, message.freed);
      else port.postMessage(await reply(inference, pictures, message));
    });
  });
}

async function reply(
  inference: InferencePort,
  pictures: Map<number, PictureHandle>,
  asked: Asked,
): Promise<FromThread> {
  const { id } = asked;
  try {
    return { id, answer: await answer(inference, pictures, asked) };
  } catch (error) {
    return { id, error: packError(error) };
  }
}

async function answer(
  inference: InferencePort,
  pictures: Map<number, PictureHandle>,
  { kind, call, picture: number }: Asked,
): Promise<Answers[Kind]> {
  if (kind === 'read' || kind === 'hold') {
    const picture =
      kind === 'read' ? await inference.read(call.bytes) : await inference.hold(call.pixels);
    pictures.set(number, picture);
    return { width: picture.width, height: picture.height };
  }
  const picture = pictures.get(number);
  if (picture === undefined) throw new NoPictureError(`There is no picture ${number} here.`);
  switch (kind) {
    case 'findFaces':
      return inference.findFaces(
        picture,
        call.limit === undefined ? undefined : { limit: call.limit },
      );
    case 'embed':
      return inference.embed(picture, call.faces, call.version);
    case 'describe':
      return inference.describe(picture, call.faces, call.wanted);
  }
}

function free(
  inference: InferencePort,
  pictures: Map<number, PictureHandle>,
  numbers: readonly number[],
): void {
  for (const number of numbers) {
    const picture = pictures.get(number);
    if (picture !== undefined) inference.release(picture);
    pictures.delete(number);
  }
}
