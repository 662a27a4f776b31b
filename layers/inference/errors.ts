/**
 * What can be wrong with an image. Each is thrown before any model runs; `cause` holds the decoder's
 * own error where there was one.
 */

/** The bytes are no JPEG or PNG, or one that is truncated or cannot be decoded. */
export class ImageFormatError extends Error {
  override readonly name = 'ImageFormatError';
}

/** A side of the image is shorter than the smallest accepted one. */
export class ImageTooSmallError extends Error {
  override readonly name = 'ImageTooSmallError';
}

/** The image has more pixels than are decoded for anybody, whatever the size of its file. */
export class ImageTooLargeError extends Error {
  override readonly name = 'ImageTooLargeError';
}
