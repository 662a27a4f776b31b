/**
 * Bytes to pixels. JPEG and PNG, recognised by their first bytes and nothing else, so no other decoder
 * of libvips is ever reached. The header is read and judged before a single pixel is decoded, and the decoder
 * gets nothing but pixels and what their colours need.
 *
 * Upright and 8-bit sRGB whatever came in: EXIF orientation is applied to JPEG and ignored in PNG (as
 * the real service does), embedded profiles and CMYK are converted, grey becomes three equal channels,
 * 16 bits become 8, transparency is laid over white (as a browser shows it).
 */
import { ImageFormatError } from '../errors.ts';
import { libvips } from '../libvips.ts';
import type { Pixels } from '../pixels.ts';
import { UPRIGHT } from './exif.ts';
import type { Header } from './header.ts';
import { readHeader } from './read-header.ts';
import { shrinkOf } from './working-size.ts';

export interface Picture {
  /** Of the upright original, in pixels, whatever size `pixels` was decoded at. */
  readonly width: number;
  readonly height: number;
  /** The same view, possibly shrunk: see `shrinkOf`. */
  readonly pixels: Pixels;
}

/** EXIF orientations 5..8 exchange width and height. */
const FIRST_TRANSPOSED_ORIENTATION = 5;

/**
 * @param threads for libvips, process-wide; its cache is switched off, since no picture comes twice.
 * @throws ImageFormatError, ImageTooSmallError, ImageTooLargeError
 */
export async function readPicture(bytes: Uint8Array, threads: number): Promise<Picture> {
  const header = readHeader(bytes);
  const sharp = await libvips();
  sharp.concurrency(threads);
  sharp.cache(false);
  const image = sharp(header.bytes, {
    autoOrient: header.orientation !== UPRIGHT,
    // Refuses what is cut short or corrupt and lets through what merely bends the standard. Where a JPEG does
    // not say that it ends, the decoder only warns of what is missing.
    failOn: header.ended ? 'error' : 'warning',
    // The size has been checked, from the header, with an error of its own.
    limitInputPixels: false,
  });
  const { width, height } = uprightSize(header);
  const shrink = shrinkOf(width, height);
  if (shrink > 1) {
    const [w, h] = [width, height].map((side) => Math.max(1, Math.round(side / shrink)));
    image.resize({ width: w!, height: h!, fit: 'fill' });
  }
  const { data, info } = await decoded(
    image
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true }),
  );
  if (info.channels !== 3) throw new ImageFormatError(`The image has ${info.channels} channels`);
  return { width, height, pixels: { data, width: info.width, height: info.height } };
}

function uprightSize({ width, height, orientation }: Header) {
  const transposed = orientation >= FIRST_TRANSPOSED_ORIENTATION;
  return transposed ? { width: height, height: width } : { width, height };
}

/** Every failure of the decoder is the image's. */
async function decoded<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new ImageFormatError('The image cannot be decoded', { cause });
  }
}
