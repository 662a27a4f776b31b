/**
 * A part of a video, cut into runs: rows of coded pictures that a decoder decodes by themselves, from a key
 * picture on, each small enough to be held in memory.
 *
 * *The n-th picture that comes out of a decoder has the n-th smallest time of those that went in*: that holds
 * whatever order they are decoded in, so coded pictures need not carry their times through the decoder.
 */
import { type Description, isDisposable, toAnnexB } from './annex-b.ts';
import type { CodedPicture } from './container.ts';
import { VideoError } from './errors.ts';
import { cellOf, chosen } from './sampling.ts';

/** Whole cells of the sampling grid, from `first` up to `end`, which lies behind the last. */
export interface Part {
  readonly first: number;
  readonly end: number;
  /** Cells a second. */
  readonly rate: number;
}

export interface Run {
  /** An Annex B stream that begins with the parameter sets. */
  readonly stream: Uint8Array;
  /** Of each picture in the stream, in the order in which they are shown: seconds. */
  readonly times: readonly number[];
  /** Indexes into `times` of the pictures that are looked at. */
  readonly wanted: readonly number[];
}

/** A run ends with the key picture after so much. */
const RUN_BYTES = 8 * 1024 * 1024;
const RUN_SECONDS = 10;
/** The most between two key pictures. */
const LARGEST_RUN = 256 * 1024 * 1024;
/** A picture may be decoded so long before one that is shown earlier. */
const REORDER_SECONDS = 2;

/**
 * @param pictures in the order of decoding, from the last key picture at or before the part on
 * @throws VideoError where key pictures are too far apart
 */
export async function* runsOf(
  pictures: AsyncIterable<CodedPicture>,
  { first, end, rate }: Part,
  description: Description,
): AsyncGenerator<Run> {
  const until = end / rate;
  let run: CodedPicture[] = [];
  let bytes = 0;
  let after = first - 1;
  /** The key picture with which the next run begins, while pictures shown before it may still come. */
  let following: CodedPicture | undefined;
  let leads = false;

  function* cut(): Generator<Run> {
    const { run: made, last } = toRun(run, { first: after + 1, end, rate }, description);
    if (made !== undefined) yield made;
    after = Math.max(after, last);
  }

  for await (const picture of pictures) {
    if (following !== undefined) {
      if (picture.time < following.time) {
        // Decoded after the key picture and from it, shown before it: part of the run that ends.
        if (!leads) run.push(following);
        leads = true;
        run.push(picture);
        continue;
      }
      yield* cut();
      if (following.time >= until) return;
      run = [following];
      bytes = following.data.length;
      following = undefined;
      leads = false;
    }
    const [opening] = run;
    // Cells begin where the part does, so a key picture at its end begins the next part.
    if (opening !== undefined && picture.time >= until + (picture.isKey ? 0 : REORDER_SECONDS)) {
      if (!picture.isKey) break;
      following = picture;
      continue;
    }
    if (opening !== undefined && picture.isKey && isFull(bytes, picture.time - opening.time)) {
      following = picture;
      continue;
    }
    // Before the first key picture in the order of showing: decoded from what is not here.
    if (opening !== undefined && picture.time < opening.time) continue;
    run.push(picture);
    bytes += picture.data.length;
    if (bytes > LARGEST_RUN) {
      throw new VideoError(
        `No key picture follows the one at ${clockTime(run[0]!.time)} for ${LARGEST_RUN / 2 ** 20} MB; the video must be coded with key pictures closer together.`,
      );
    }
  }
  yield* cut();
  // The key picture after the last that was asked for may itself be in the part.
  if (following !== undefined && following.time < until) {
    run = [following];
    yield* cut();
  }
}

function isFull(bytes: number, seconds: number): boolean {
  return bytes >= RUN_BYTES || seconds >= RUN_SECONDS;
}

function toRun(
  pictures: readonly CodedPicture[],
  { first, end, rate }: Part,
  { codec, lengthSize, parameterSets }: Description,
): { readonly run: Run | undefined; readonly last: number } {
  const inPart = ({ time }: CodedPicture) => {
    const cell = cellOf(time, rate);
    return cell >= first && cell < end && time >= 0;
  };
  const shown = pictures.filter(inPart).sort((a, b) => a.time - b.time);
  const indexes = chosen(
    shown.map(({ time }) => time),
    rate,
    first - 1,
  );
  const wanted = new Set(indexes.map((i) => shown[i]!));
  const last = [...wanted].reduce((most, { time }) => Math.max(most, cellOf(time, rate)), -1);
  if (wanted.size === 0) return { run: undefined, last };
  const sent = pictures.filter(
    (picture) => wanted.has(picture) || codec !== 'h264' || !isDisposable(picture.data, lengthSize),
  );
  const order = [...sent].sort((a, b) => a.time - b.time);
  return {
    last,
    run: {
      stream: Buffer.concat([parameterSets, ...sent.map(({ data }) => toAnnexB(data, lengthSize))]),
      times: order.map(({ time }) => time),
      wanted: order.flatMap((picture, i) => (wanted.has(picture) ? [i] : [])),
    },
  };
}

/** Such as `1:02:03`. @param seconds from the beginning */
export function clockTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
