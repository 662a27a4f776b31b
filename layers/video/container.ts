/**
 * MP4 and QuickTime files, read by ranges: what they say of their video, and its coded pictures.
 *
 * mediabunny reads the containers: fragmented ones, variable rates, edit lists, indexes at the end.
 */
import type { EncodedPacket, InputVideoTrack } from 'mediabunny';
import { CustomSource, EncodedPacketSink, Input, MP4, QTFF } from 'mediabunny';
import { type Description, readDescription, type VideoCodec } from './annex-b.ts';
import { VideoError } from './errors.ts';
import type { VideoSource } from './source.ts';

/** How the luma and chroma of a picture make its colours. */
export type ColourMatrix = 'bt601' | 'bt709' | 'bt2020';

/** A quarter turn clockwise at a time: what it takes to see a stored picture upright. */
export type Rotation = 0 | 90 | 180 | 270;

export interface VideoProperties {
  readonly codec: VideoCodec;
  /** As FFmpeg and Rekognition call all files of this family. */
  readonly format: 'QuickTime / MOV';
  readonly durationMs: number;
  /** Pictures a second. */
  readonly frameRate: number;
  /** Of the upright picture, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly colorRange: 'LIMITED' | 'FULL';
  readonly matrix: ColourMatrix;
  readonly rotation: Rotation;
}

/** A coded picture, in the order of decoding. */
export interface CodedPicture {
  /** When it is shown, in seconds; negative for one that an edit list cuts off. */
  readonly time: number;
  /** It can be decoded without any picture before it. */
  readonly isKey: boolean;
  /** As the file has it: NAL units behind their lengths. */
  readonly data: Uint8Array;
}

/** Files of one camera fit into far less; a box can claim anything. */
const LARGEST_SIDE = 8192;
/** Bytes of a file that are held while it is read. */
const CACHE_BYTES = 16 * 1024 * 1024;
/** Pictures from which the rate is told. */
const RATE_PICTURES = 256;

export class Container {
  readonly properties: VideoProperties;
  readonly description: Description;
  readonly #input: Input;
  readonly #sink: EncodedPacketSink;

  private constructor(
    input: Input,
    track: InputVideoTrack,
    properties: VideoProperties,
    description: Description,
  ) {
    this.#input = input;
    this.#sink = new EncodedPacketSink(track);
    this.properties = properties;
    this.description = description;
  }

  /** @throws VideoError, and what the source throws */
  static async open(source: VideoSource): Promise<Container> {
    const failing = new Failures(source);
    const input = new Input({
      formats: [MP4, QTFF],
      source: new CustomSource({
        getSize: () => source.size,
        read: (start, end) => failing.read(start, end),
        maxCacheSize: CACHE_BYTES,
        prefetchProfile: 'network',
        // Whoever reads next is told.
        handleUnhandledError: () => undefined,
      }),
    });
    try {
      return await failing.telling(async () => {
        if (!(await isRead(input, source, failing))) {
          throw new VideoError('The object is not an MP4 or MOV file.');
        }
        const track = await input.getPrimaryVideoTrack();
        if (track === null) throw new VideoError('The file has no video track.');
        const description = await describe(track);
        if (!(await isFragmented(source))) await requireEnd(track);
        return new Container(input, track, await propertiesOf(track, description), description);
      });
    } catch (error) {
      input.dispose();
      throw error;
    }
  }

  /**
   * Coded pictures from the last key picture at or before a time on, in the order of decoding.
   * @param from seconds
   * @throws VideoError for a file that is cut short, and what the source throws
   */
  async *pictures(from: number): AsyncGenerator<CodedPicture> {
    try {
      const start = (await this.#sink.getKeyPacket(from)) ?? (await this.#sink.getFirstKeyPacket());
      if (start === null) return;
      for await (const packet of this.#sink.packets(start)) yield toPicture(packet);
    } catch (error) {
      throw readable(error);
    }
  }

  close(): void {
    this.#input.dispose();
  }
}

/** A file has at least the header of a box; of what begins like none, mediabunny says no or fails. */
async function isRead(input: Input, { size }: VideoSource, failing: Failures): Promise<boolean> {
  const HEADER = 8;
  if (size < HEADER) return false;
  return input.canRead().catch((error: unknown) => {
    if (failing.hasFailed) throw error;
    return false;
  });
}

function toPicture({ timestamp, type, data }: EncodedPacket): CodedPicture {
  return { time: timestamp, isKey: type === 'key', data };
}

/**
 * Whether the file is made of fragments, each with an index of its own: of one that is cut short, what came before
 * is whole. Its first box of either kind tells (ISO/IEC 14496-12, 8.8).
 */
async function isFragmented(source: VideoSource): Promise<boolean> {
  const HEADER = 16;
  for (let at = 0; at + HEADER <= source.size; ) {
    const header = Buffer.from(await source.read(at, at + HEADER));
    const type = header.toString('latin1', 4, 8);
    if (type === 'moof' || type === 'mdat') return type === 'moof';
    const size = header.readUInt32BE(0);
    const length = size === 1 ? Number(header.readBigUInt64BE(8)) : size;
    if (length < 8) return false;
    at += length;
  }
  return false;
}

/** Reads the last picture: of a file that is cut short, the index names pictures that are not there. */
async function requireEnd(track: InputVideoTrack): Promise<void> {
  const sink = new EncodedPacketSink(track);
  const named = await sink.getPacket(Number.POSITIVE_INFINITY, { metadataOnly: true });
  if (named === null) throw new VideoError('The video has no pictures.');
  const there = await sink.getPacket(Number.POSITIVE_INFINITY);
  if (there === null || there.data.length < named.byteLength) {
    throw new VideoError('The file is cut short: its last picture is not in it.');
  }
}

async function describe(track: InputVideoTrack): Promise<Description> {
  const name = await track.getCodec();
  const codec = name === 'avc' ? 'h264' : name === 'hevc' ? 'hevc' : undefined;
  if (codec === undefined) {
    const called = name ?? String((await track.getInternalCodecId()) ?? 'unknown');
    throw new VideoError(`The codec of the video, ${called}, is not read; H.264 is.`);
  }
  const description = (await track.getDecoderConfig())?.description;
  if (description === undefined) throw new VideoError('The video does not say how it is coded.');
  const bytes = ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description);
  return readDescription(codec, bytes);
}

async function propertiesOf(
  track: InputVideoTrack,
  { codec }: Description,
): Promise<VideoProperties> {
  const [width, height] = [await track.getCodedWidth(), await track.getCodedHeight()];
  if (width > LARGEST_SIDE || height > LARGEST_SIDE) {
    throw new VideoError(
      `The picture is ${width} x ${height} pixels; neither side may exceed ${LARGEST_SIDE}.`,
    );
  }
  const rotation = await track.getRotation();
  const { bestGuessFrameRate } = await track.computeFrameRateMetrics({
    targetPacketCount: RATE_PICTURES,
  });
  const colours = await track.getColorSpace();
  const isTurned = rotation === 90 || rotation === 270;
  return {
    codec,
    format: 'QuickTime / MOV',
    durationMs: Math.round((await track.computeDuration()) * 1000),
    frameRate: Number.isFinite(bestGuessFrameRate) ? bestGuessFrameRate : 0,
    width: isTurned ? height : width,
    height: isTurned ? width : height,
    colorRange: colours.fullRange ? 'FULL' : 'LIMITED',
    matrix: matrixOf(colours.matrix ?? undefined, height),
    rotation,
  };
}

/** What a video does not say follows from its size, as all players have it. */
function matrixOf(name: string | undefined, height: number): ColourMatrix {
  if (name === 'bt709') return 'bt709';
  if (name === 'smpte170m' || name === 'bt470bg') return 'bt601';
  if (name === 'bt2020-ncl') return 'bt2020';
  return height >= 720 ? 'bt709' : 'bt601';
}

/**
 * What the source failed with, which is not the video's fault, comes out as it was; whatever else is thrown while
 * a file is read is about the file.
 */
class Failures {
  readonly #source: VideoSource;
  #failure: { readonly error: unknown } | undefined;

  constructor(source: VideoSource) {
    this.#source = source;
  }

  /** Whether it was the source that failed. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    try {
      return await this.#source.read(start, end);
    } catch (error) {
      this.#failure = { error };
      throw new SourceFailure(error);
    }
  }

  async telling<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      if (this.#failure !== undefined) throw this.#failure.error;
      throw readable(error);
    }
  }
}

/** Carries the source's error through the reader of containers. */
class SourceFailure extends Error {
  override readonly name = 'SourceFailure';

  constructor(cause: unknown) {
    super('The bytes of the video could not be read.', { cause });
  }
}

function readable(error: unknown): unknown {
  if (error instanceof VideoError) return error;
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof SourceFailure) return at.cause;
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new VideoError(`The file is damaged or cut short: ${reason}`, { cause: error });
}
