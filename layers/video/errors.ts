/** What can be wrong with a video, and with the machine that is to read it. */

/**
 * The video itself cannot be read, now or later. The message says why in one sentence, for whoever asked about
 * the video; it becomes the StatusMessage of a job.
 */
export class VideoError extends Error {
  override readonly name = 'VideoError';
}

/** The video is beyond what is read, by its length. */
export class VideoTooLongError extends VideoError {}

/** Nothing here can decode video; the message says what to install. */
export class DecoderMissingError extends Error {
  override readonly name = 'DecoderMissingError';
}

/** The decoder died, or took longer than a hostile video may make it take; another attempt may do better. */
export class DecoderError extends Error {
  override readonly name = 'DecoderError';
}
