/** Photographs that are too large for a request, made smaller by the rules of the service. */
import {
  ImageFormatError,
  ImageTooLargeError,
  ImageTooSmallError,
  shrinkToFit,
} from '../../../layers/inference/index.ts';
import { UnusableError } from './source.ts';

/**
 * Bytes of an image that fit inline everywhere: Lambda takes 6 MiB, and the API sends images as base64. The
 * same limit holds for a server on this machine, so that both index the same bytes.
 */
const LARGEST = 4.4 * 1024 * 1024;

/** @throws UnusableError for what does not fit and would be refused as a whole, too */
export async function inlineImage(bytes: Buffer): Promise<Uint8Array> {
  try {
    return await shrinkToFit(bytes, LARGEST, 1);
  } catch (cause) {
    if (cause instanceof ImageFormatError) throw unusable('InvalidImageFormatException', cause);
    if (cause instanceof ImageTooLargeError) throw unusable('ImageTooLargeException', cause);
    if (cause instanceof ImageTooSmallError) throw unusable('InvalidParameterException', cause);
    throw cause;
  }
}

function unusable(code: string, cause: Error): UnusableError {
  return new UnusableError(code, `${cause.message}.`, { cause });
}
