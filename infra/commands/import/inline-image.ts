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

/** A photograph, its base64, and the request made of that. */
const COPIES = 4;

/** What is made smaller is decoded, to 50 MB at the most, and encoded. */
const DECODED_BYTES = 64 * 1024 * 1024;

/** @returns bytes of memory that a file of this size takes, at the most, until it has been sent */
export function weightOf(size: number): number {
  return COPIES * Math.min(size, LARGEST) + (size > LARGEST ? size + DECODED_BYTES : 0);
}

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
