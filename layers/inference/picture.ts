/**
 * Bytes to pixels. JPEG and PNG, recognised by their first bytes and nothing else, so no other decoder
 * of libvips is ever reached. The header is checked before a single pixel is decoded.
 *
 * Upright and 8-bit sRGB whatever came in: EXIF orientation is applied to JPEG and ignored in PNG (as
 * the real service does), embedded profiles and CMYK are converted, grey becomes three equal channels,
 * 16 bits become 8, transparency is laid over white (as a browser shows it).
 */
import type { Metadata } from 'sharp';
import { ImageFormatError, ImageTooLargeError, ImageTooSmallError } from './errors.ts';
import type { Pixels } from './pixels.ts';

export interface Picture {
  /** Of the upright original, in pixels, whatever size `pixels` was decoded at. */
  readonly width: number;
  readonly height: number;
  /** The same view, possibly shrunk. */
  readonly pixels: Pixels;
}

/** The shortest side the API accepts, in pixels. */
export const MIN_SIDE = 80;

/** 100 megapixels: above any camera whose files fit the API's 15 MB, below what decodes in seconds. */
export const MAX_PIXELS = 100_000_000;

/**
 * The longest side kept in memory. Larger pictures are halved until they fit: a JPEG then decodes
 * at that size (libjpeg scales by powers of two for free) and no picture needs more than 50 MB.
 */
const MAX_WORKING_SIDE = 4096;

/** EXIF orientations 5..8 exchange width and height. */
const FIRST_TRANSPOSED_ORIENTATION = 5;

/**
 * @param threads for libvips, process-wide; its cache is switched off, since no picture comes twice.
 * @throws ImageFormatError, ImageTooSmallError, ImageTooLargeError
 */
export async function readPicture(bytes: Uint8Array, threads: number): Promise<Picture> {
  const format = sniff(bytes);
  if (format === undefined) throw new ImageFormatError('The image is neither JPEG nor PNG');
  const { default: sharp } = await import('sharp');
  sharp.concurrency(threads);
  sharp.cache(false);
  const image = sharp(bytes, {
    autoOrient: format === 'jpeg',
    // Refuses what is cut short or corrupt and lets through what merely bends the standard.
    failOn: 'error',
    // The size is checked below, from the header, with an error of its own.
    limitInputPixels: false,
  });
  const { width, height } = uprightSize(await decoded(image.metadata()), format);
  const pixelCount = width * height;
  if (pixelCount > MAX_PIXELS) {
    throw new ImageTooLargeError(`The image has ${pixelCount} pixels, more than ${MAX_PIXELS}`);
  }
  if (Math.min(width, height) < MIN_SIDE) {
    throw new ImageTooSmallError(`The image is ${width}x${height}, under ${MIN_SIDE} on a side`);
  }
  const shrink = 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(width, height) / MAX_WORKING_SIDE)));
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

function sniff(bytes: Uint8Array): 'jpeg' | 'png' | undefined {
  const startsWith = (...magic: number[]) => magic.every((byte, i) => bytes[i] === byte);
  if (startsWith(0xff, 0xd8, 0xff)) return 'jpeg';
  if (startsWith(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'png';
  return undefined;
}

function uprightSize(metadata: Metadata, format: 'jpeg' | 'png') {
  const { width, height, orientation = 1 } = metadata;
  const transposed = format === 'jpeg' && orientation >= FIRST_TRANSPOSED_ORIENTATION;
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
