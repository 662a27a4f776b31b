/** Loads the models and a decoder, shows one video, and prints who is seen in it. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Inference } from '../../../layers/inference/index.ts';
import {
  Container,
  clockTime,
  DecoderMissingError,
  encodeVideo,
  fileSource,
  openDecoder,
  VideoError,
} from '../../../layers/video/index.ts';
import { type Surroundings, withProgress } from '../cli/index.ts';
import { ShowError } from './show-error.ts';
import { lookAtVideo, RATE, type Seen, writeVideo } from './video.ts';

const MODELS = path.resolve(import.meta.dirname, '../../../models');

/** @throws ShowError */
export async function runVideo(
  {
    video,
    out,
    json,
  }: { readonly video: string; readonly out?: string | undefined; readonly json: boolean },
  surroundings: Surroundings,
): Promise<number> {
  const inference = new Inference({ models: MODELS, threads: availableParallelism() });
  const signal = surroundings.interruption();
  try {
    const source = await fileSource(video);
    const container = await Container.open(source);
    const decoder = await openDecoder({ environment: surroundings.environment });
    try {
      const { durationMs } = container.properties;
      let at = 0;
      const open = { container, decoder, signal };
      const progress = (what: string) => () =>
        `${what} ${video}: ${clockTime(at / 1000)} of ${clockTime(durationMs / 1000)}`;
      const seen = await withProgress(surroundings, progress('Looking at'), () =>
        lookAtVideo(open, inference, (timestamp) => {
          at = timestamp;
        }),
      );
      at = 0;
      if (out !== undefined) {
        await withProgress(surroundings, progress('Drawing'), () =>
          writeVideo(open, seen, out, encodeVideo, (timestamp) => {
            at = timestamp;
          }),
        );
      }
      surroundings.print(
        json ? JSON.stringify(details(seen), null, 2) : lines(seen, out).join('\n'),
      );
    } finally {
      container.close();
      await decoder.close();
      await source.close();
    }
  } catch (cause) {
    throw showable(cause, video);
  } finally {
    await inference.close();
  }
  return signal.aborted ? 130 : 0;
}

function showable(cause: unknown, video: string): unknown {
  if (cause instanceof VideoError) return new ShowError(`${video}: ${cause.message}`, { cause });
  if (cause instanceof DecoderMissingError) return new ShowError(cause.message, { cause });
  if (cause instanceof Error && 'code' in cause) {
    return new ShowError(`${video} or what is to be written: ${cause.message}`, { cause });
  }
  return cause;
}

/** For programs. */
function details(seen: Seen) {
  return seen.pictures.flatMap(({ timestamp, faces }) =>
    faces.map(({ box, track }) => ({
      Timestamp: timestamp,
      Index: seen.ofTrack[track],
      BoundingBox: { Width: box.width, Height: box.height, Left: box.left, Top: box.top },
    })),
  );
}

/** For people. */
function lines(seen: Seen, out: string | undefined): string[] {
  const times = new Map<number, number[]>();
  for (const { timestamp, faces } of seen.pictures) {
    for (const { track } of faces) {
      const person = seen.ofTrack[track]!;
      times.set(person, [...(times.get(person) ?? []), timestamp]);
    }
  }
  const persons = [...times].sort(([a], [b]) => a - b);
  return [
    `${seen.pictures.length} pictures, ${RATE} a second; ${persons.length === 1 ? 'one person' : `${persons.length} persons`}.`,
    ...persons.map(
      ([person, at]) =>
        `#${person}  on ${at.length} pictures, ${clockTime(at[0]! / 1000)} to ${clockTime(at.at(-1)! / 1000)}`,
    ),
    ...(out === undefined ? [] : [`${out} shows them.`]),
  ];
}
