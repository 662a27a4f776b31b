/**
 * Stored video to upright pictures: what a file says of itself, which pictures are looked at, decoding, and who
 * is who among the faces on them. Importing this loads no decoder.
 */
export type { VideoCodec } from './annex-b.ts';
export type { RgbPicture } from './colours.ts';
export { Container, type VideoProperties } from './container.ts';
export type { Decoder } from './decoder.ts';
export { type DecoderOptions, openDecoder } from './engines.ts';
export {
  DecoderError,
  DecoderMissingError,
  VideoError,
  VideoTooLongError,
} from './errors.ts';
export { type SampledPicture, sampledPictures } from './pictures.ts';
export { clockTime, type Part } from './runs.ts';
export { fileSource, type VideoSource } from './source.ts';
export { type Likeness, type Person, type TrackedFace, Tracker } from './tracks.ts';
