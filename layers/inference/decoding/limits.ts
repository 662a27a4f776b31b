/**
 * What is refused by its header. A file of a few kilobytes can claim a picture of any size, so what
 * decoding it would take is reckoned up and judged first.
 */
import { ImageTooLargeError, ImageTooSmallError } from '../errors.ts';
import type { Header } from './header.ts';

/** The shortest side the API accepts, in pixels. */
export const MIN_SIDE = 80;

/** 100 megapixels: above any camera whose files fit the API's 15 MB, below what decodes in seconds. */
export const MAX_PIXELS = 100_000_000;

/**
 * Of a picture stored coarse to fine, which has to be in memory as a whole: 240 MB, a progressive JPEG of 80
 * megapixels as cameras and browsers make them (4:2:0), or an interlaced PNG of 80 in RGB.
 */
export const MAX_HELD_BYTES = 240_000_000;

/** Encoders make ten to twenty scans; the standard allows thousands, of a few bytes each. */
export const MAX_SCANS = 100;

/**
 * What all scans together go over: the largest picture ten times, a second or two. The usual scripts of
 * scans come to about five times.
 */
export const MAX_SCANNED_BYTES = 10 * MAX_HELD_BYTES;

/** @throws ImageTooLargeError, ImageTooSmallError */
export function checkLimits(header: Header): void {
  const { width, height, heldBytes, scans, scannedBytes } = header;
  const pixels = width * height;
  if (pixels > MAX_PIXELS) {
    throw new ImageTooLargeError(`The image has ${pixels} pixels, more than ${MAX_PIXELS}`);
  }
  if (heldBytes > MAX_HELD_BYTES) {
    throw new ImageTooLargeError(
      `The image is progressive or interlaced and takes ${heldBytes} bytes to decode, more than ${MAX_HELD_BYTES}`,
    );
  }
  if (scans > MAX_SCANS || scannedBytes > MAX_SCANNED_BYTES) {
    throw new ImageTooLargeError(`The image is stored in ${scans} scans, too many for its size`);
  }
  if (Math.min(width, height) < MIN_SIDE) {
    throw new ImageTooSmallError(`The image is ${width}x${height}, under ${MIN_SIDE} on a side`);
  }
}
