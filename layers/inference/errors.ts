/**
 * What can be wrong with an image, or with the face model that is to read it. Each is thrown before any model runs;
 * `cause` holds the decoder's own error where there was one.
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

/** A face model is asked for that is not installed, or not calibrated yet. */
export class FaceModelMissingError extends RangeError {
  override readonly name = 'FaceModelMissingError';
}

/** So many pictures wait already that another would wait in vain. */
export class InferenceBusyError extends Error {
  override readonly name = 'InferenceBusyError';
}
