/** Photographs that are too large for a request, made smaller. */
import { ImageTooLargeError } from '../errors.ts';
import { libvips } from '../libvips.ts';
import type { Pixels } from '../pixels.ts';
import { MIN_SIDE } from './limits.ts';
import { readPicture } from './picture.ts';

/** The longest side that JPEG can say, in pixels. */
const MAX_JPEG_SIDE = 65_535;

/** Tried in this order, then over again at half the size; below the last, faces change. */
const QUALITIES = [90, 80, 70];

/**
 * The same view in fewer bytes, upright: what the service itself would look at, saved as JPEG, so that whether
 * a photograph comes whole or shrunk, the same rules have decided what is seen and what is refused.
 *
 * @param maxBytes the most that is returned, if it can be.
 * @param threads as for `readPicture`.
 * @returns the bytes themselves where they fit; the same bytes always give the same result.
 * @throws ImageFormatError, ImageTooSmallError, ImageTooLargeError as `readPicture` does, of bytes that do not
 * fit; and ImageTooLargeError where nothing that is large enough for the service fits.
 */
export async function shrinkToFit(
  bytes: Uint8Array,
  maxBytes: number,
  threads: number,
): Promise<Uint8Array> {
  if (bytes.length <= maxBytes) return bytes;
  const { pixels } = await readPicture(bytes, threads);
  for (let shrink = 1; Math.min(pixels.width, pixels.height) / shrink >= MIN_SIDE; shrink *= 2) {
    if (Math.max(pixels.width, pixels.height) / shrink > MAX_JPEG_SIDE) continue;
    for (const quality of QUALITIES) {
      const encoded = await encode(pixels, shrink, quality);
      if (encoded.length <= maxBytes) return encoded;
    }
  }
  throw new ImageTooLargeError(`The image does not fit into ${maxBytes} bytes`);
}

async function encode(
  { data, width, height }: Pixels,
  shrink: number,
  quality: number,
): Promise<Uint8Array> {
  const sharp = await libvips();
  return sharp(data, { raw: { width, height, channels: 3 } })
    .resize({
      width: Math.ceil(width / shrink),
      height: Math.ceil(height / shrink),
      fit: 'fill',
    })
    .jpeg({ quality })
    .toBuffer();
}
