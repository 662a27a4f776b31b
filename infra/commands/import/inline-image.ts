/** Photographs that are too large for a request, made smaller. */
import sharp from 'sharp';

/**
 * Bytes of an image that fit inline everywhere: Lambda takes 6 MiB, and the API sends images as base64. The
 * same limit holds for a server on this machine, so that both index the same bytes.
 */
const LARGEST = 4.4 * 1024 * 1024;

/** The longer side, in pixels; faces that are small there were small before. */
const LONGEST_SIDE = 4096;
const QUALITY = 90;

/** @returns the bytes as they are if they fit or are no image; else a JPEG of the same picture, upright */
export async function inlineImage(bytes: Buffer): Promise<Buffer> {
  if (bytes.length <= LARGEST) return bytes;
  try {
    return await sharp(bytes)
      .rotate()
      .resize({
        width: LONGEST_SIDE,
        height: LONGEST_SIDE,
        fit: 'inside',
        withoutEnlargement: true,
      })
      .jpeg({ quality: QUALITY })
      .toBuffer();
  } catch {
    // No image: the service says what is wrong with it.
    return bytes;
  }
}
