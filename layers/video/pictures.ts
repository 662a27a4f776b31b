/** The pictures of a video that are looked at, one after the other. */
import type { RgbPicture } from './colours.ts';
import type { Container } from './container.ts';
import type { Decoder, DecodeTask } from './decoder.ts';
import { VideoError } from './errors.ts';
import { clockTime, type Part, type Run, runsOf } from './runs.ts';

export interface SampledPicture {
  /** Milliseconds from the beginning of the video. */
  readonly timestamp: number;
  readonly picture: RgbPicture;
}

/** A decoder that loses more than this of a run has not understood it. */
const LEAST_DECODED = 0.9;

/**
 * Decodes a part of a video as far as it takes. The same part always gives the same pictures, and parts that
 * adjoin give together those of the whole.
 * @throws VideoError, DecoderError, the reason of the signal, and what the source throws
 */
export async function* sampledPictures(
  container: Pick<Container, 'pictures' | 'properties' | 'description'>,
  decoder: Decoder,
  part: Part,
  signal: AbortSignal,
): AsyncGenerator<SampledPicture> {
  const { description, properties } = container;
  const coded = container.pictures(part.first / part.rate);
  for await (const run of runsOf(coded, part, description)) {
    const { wanted, count } = await decoder.decode(
      taskOf(run, description.codec, properties),
      signal,
    );
    if (count < run.times.length * LEAST_DECODED) {
      throw new VideoError(
        `The video is damaged at ${clockTime(run.times[0] ?? 0)}: of ${run.times.length} pictures ${count} could be decoded.`,
      );
    }
    for (const { index, picture } of wanted) {
      yield { timestamp: Math.round(run.times[index]! * 1000), picture };
    }
  }
}

function taskOf(
  { stream, times, wanted }: Run,
  codec: DecodeTask['codec'],
  { matrix, rotation }: Pick<DecodeTask, 'matrix' | 'rotation'>,
): DecodeTask {
  return { codec, stream, pictures: times.length, wanted, matrix, rotation };
}
