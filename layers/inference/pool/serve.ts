/**
 * The thread's side: does what it is asked, one thing after the other, and keeps the pictures that it has read
 * until it is told that they are done with.
 */
import type { MessagePort } from 'node:worker_threads';
import type { DetectedFace, InferencePort, PictureHandle } from '../port.ts';
import type { Answers, Asked, FromThread, Kind, Named, ToThread } from './calls.ts';
import { packError } from './packed-error.ts';

/** A picture or a face is asked for that was never read or found, or is done with. */
class NoPictureError extends Error {
  override readonly name = 'NoPictureError';
}

interface Held {
  readonly picture: PictureHandle;
  /** All that were found in it, in the order in which they were told. */
  readonly found: DetectedFace[];
}

export function serveInference(
  port: Pick<MessagePort, 'on' | 'postMessage'>,
  inference: InferencePort,
): void {
  const pictures = new Map<number, Held>();
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
  pictures: Map<number, Held>,
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
  pictures: Map<number, Held>,
  { kind, call, picture: number }: Asked,
): Promise<Answers[Kind]> {
  if (kind === 'read' || kind === 'hold') {
    const picture =
      kind === 'read' ? await inference.read(call.bytes) : await inference.hold(call.pixels);
    pictures.set(number, { picture, found: [] });
    return { width: picture.width, height: picture.height };
  }
  const held = pictures.get(number);
  if (held === undefined) throw new NoPictureError(`There is no picture ${number} here.`);
  const { picture, found } = held;
  switch (kind) {
    case 'findFaces': {
      const { limit } = call;
      const faces = await inference.findFaces(picture, limit === undefined ? undefined : { limit });
      const from = found.length;
      found.push(...faces);
      return { faces, from };
    }
    case 'embed':
      return inference.embed(picture, named(call.faces, found), call.version);
    case 'describe':
      return inference.describe(picture, named(call.faces, found), call.requested);
  }
}

function named<F>(faces: readonly Named<F>[], found: readonly (DetectedFace & F)[]): F[] {
  return faces.map((face) => {
    if (typeof face !== 'number') return face;
    const known = found[face];
    if (known === undefined) throw new NoPictureError(`There is no face ${face} here.`);
    return known;
  });
}

function free(
  inference: InferencePort,
  pictures: Map<number, Held>,
  numbers: readonly number[],
): void {
  for (const number of numbers) {
    const held = pictures.get(number);
    if (held !== undefined) inference.release(held.picture);
    pictures.delete(number);
  }
}
