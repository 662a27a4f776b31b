/** The door before the decoder: what the bytes are, and whether decoding them is within the limits. */
import { ImageFormatError } from '../errors.ts';
import type { Header } from './header.ts';
import { readJpeg } from './jpeg.ts';
import { checkLimits } from './limits.ts';
import { readPng } from './png.ts';

const JPEG = [0xff, 0xd8, 0xff];
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Goes once over the bytes, in time linear in their number.
 *
 * @throws ImageFormatError, ImageTooSmallError, ImageTooLargeError
 */
export function readHeader(bytes: Uint8Array): Header {
  const read = readerOf(bytes);
  if (read === undefined) throw new ImageFormatError('The image is neither JPEG nor PNG');
  const header = read(bytes);
  checkLimits(header);
  return header;
}

function readerOf(bytes: Uint8Array): ((bytes: Uint8Array) => Header) | undefined {
  const startsWith = (magic: number[]) => magic.every((byte, i) => bytes[i] === byte);
  if (startsWith(JPEG)) return readJpeg;
  return startsWith(PNG) ? readPng : undefined;
}
