/** What decodes the runs of a video: the port that both engines fit. */
import type { VideoCodec } from './annex-b.ts';
import type { RgbPicture } from './colours.ts';
import type { ColourMatrix, Rotation } from './container.ts';

/** A row of coded pictures, and which of them are wanted. */
export interface DecodeTask {
  readonly codec: VideoCodec;
  /** An Annex B stream that begins with parameter sets and a key picture. */
  readonly stream: Uint8Array;
  /** How many pictures are in it. */
  readonly pictures: number;
  /** Numbers of the pictures that are wanted, in the order in which they are shown, ascending from 0. */
  readonly wanted: readonly number[];
  readonly matrix: ColourMatrix;
  readonly rotation: Rotation;
}

export interface DecodedPicture {
  /** Its number. */
  readonly index: number;
  readonly picture: RgbPicture;
}

export interface Decoded {
  /** Those that are wanted and could be decoded, in order. */
  readonly wanted: readonly DecodedPicture[];
  /** How many pictures came out. */
  readonly count: number;
}

export interface Decoder {
  /** Such as `FFmpeg as WebAssembly`. */
  readonly name: string;
  /** One task at a time. @throws DecoderError, VideoError, and the reason of a signal that aborts it */
  decode(task: DecodeTask, signal: AbortSignal): Promise<Decoded>;
  close(): Promise<void>;
}

/**
 * Seconds that a run may take before its decoder is taken to hang: WebAssembly decodes a minute of 1080p in less
 * than half of it.
 */
export const PATIENCE_S = 300;

/**
 * Arguments of FFmpeg, to which both engines add where they read from and write to.
 *
 * `output_corrupt`: of a run that begins with a key picture of an open group, FFmpeg holds back what it has not
 * seen recover. It forgets to look again at what it still holds when the stream ends, so that of a short run the
 * last pictures were lost. A run has nothing that its key picture does not make whole, so all of it may come out.
 */
export const FFMPEG_INPUT = {
  h264: ['-flags', '+output_corrupt', '-f', 'h264'],
  hevc: ['-flags', '+output_corrupt', '-f', 'hevc'],
} as const satisfies Record<VideoCodec, readonly string[]>;

export const FFMPEG_OUTPUT = [
  '-an',
  '-f',
  'yuv4mpegpipe',
  '-pix_fmt',
  'yuv420p',
  '-fps_mode',
  'passthrough',
] as const;
