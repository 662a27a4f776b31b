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

/** Arguments of FFmpeg, to which both engines add where they read from and write to. */
export const FFMPEG_INPUT = {
  h264: ['-f', 'h264'],
  hevc: ['-f', 'hevc'],
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
