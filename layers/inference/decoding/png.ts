/**
 * PNG without decoding it (ISO/IEC 15948, clauses 5 and 11): its size, what a decoder has to hold, and the
 * file without what is not pixels. Texts, EXIF and compressed comments never reach the decoder, nor does a
 * colour profile that unpacks to more than any has.
 */
import { inflateSync } from 'node:zlib';
import { ImageFormatError } from '../errors.ts';
import { UPRIGHT } from './exif.ts';
import type { Header } from './header.ts';
import { Splice } from './splice.ts';

const SIGNATURE_BYTES = 8;
/** Length, type and checksum. */
const CHUNK_OVERHEAD = 12;
const IHDR_BYTES = 13;

const HEADER = type('IHDR');
const TRANSPARENCY = type('tRNS');
const PROFILE = type('iCCP');
const END = type('IEND');

/** The chunks that colours follow from. Others whose type begins with a capital are needed to decode. */
const KEPT: ReadonlySet<number> = new Set(
  ['tRNS', 'cHRM', 'gAMA', 'sBIT', 'sRGB', 'cICP', 'bKGD', 'pHYs'].map(type),
);
/** Bit 5 of the first letter: a decoder may leave the chunk out (5.4). */
const ANCILLARY = 0x20000000;

/** Profiles of cameras, screens and presses have 500 bytes to 3 MB. */
const MAX_PROFILE_BYTES = 4 << 20;
/** Before its bytes a profile has a name of at most this many, a zero, and a method. */
const MAX_NAME_BYTES = 79;

/** Bits of a colour type (11.2.2). */
const USES_PALETTE = 1;
const USES_COLOUR = 2;
const USES_ALPHA = 4;

/**
 * @param bytes begin with the signature.
 * @throws ImageFormatError
 */
export function readPng(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (
    bytes.length < SIGNATURE_BYTES + CHUNK_OVERHEAD + IHDR_BYTES ||
    view.getUint32(SIGNATURE_BYTES) !== IHDR_BYTES ||
    view.getUint32(SIGNATURE_BYTES + 4) !== HEADER
  ) {
    throw new ImageFormatError('The PNG does not begin with a header');
  }
  const fields = SIGNATURE_BYTES + 8;
  const [width, height] = [view.getUint32(fields), view.getUint32(fields + 4)];
  const [depth, colour, interlaced] = [bytes[fields + 8]!, bytes[fields + 9]!, bytes[fields + 12]!];
  if (width === 0 || height === 0) throw new ImageFormatError('The PNG has no pixels');
  const { kept, transparent } = withoutExtras(bytes, view);
  const sampleBytes = depth > 8 ? 2 : 1;
  const heldBytes = width * height * channels(colour, transparent) * sampleBytes;
  return {
    width,
    height,
    orientation: UPRIGHT,
    heldBytes: interlaced === 0 ? 0 : heldBytes,
    scans: 1,
    scannedBytes: interlaced === 0 ? 0 : heldBytes,
    ended: true,
    bytes: kept,
  };
}

/** Of the pixels as a decoder gives them. */
function channels(colour: number, transparent: boolean): number {
  const colours = colour & (USES_COLOUR | USES_PALETTE) ? 3 : 1;
  return colours + (transparent || colour & USES_ALPHA ? 1 : 0);
}

/** @returns the same pixels in fewer bytes, and whether one of the colours is said to be transparent. */
function withoutExtras(bytes: Uint8Array, view: DataView) {
  const splice = new Splice(bytes, 0);
  splice.keep(0, SIGNATURE_BYTES);
  let [transparent, profiled] = [false, false];
  let at = SIGNATURE_BYTES;
  while (at + CHUNK_OVERHEAD <= bytes.length) {
    const end = at + CHUNK_OVERHEAD + view.getUint32(at);
    if (end > bytes.length) break;
    const name = view.getUint32(at + 4);
    transparent ||= name === TRANSPARENCY;
    if (name === PROFILE ? !profiled && unpacks(bytes.subarray(at + 8, end - 4)) : isNeeded(name)) {
      splice.keep(at, end);
    }
    profiled ||= name === PROFILE;
    at = end;
    if (name === END) return { kept: splice.bytes(), transparent };
  }
  // What is cut short is the decoder's to judge: it may end behind the last pixel.
  splice.keep(at, bytes.length);
  return { kept: splice.bytes(), transparent };
}

function isNeeded(name: number): boolean {
  return (name & ANCILLARY) === 0 || KEPT.has(name);
}

/** @param profile the data of an iCCP chunk. */
function unpacks(profile: Uint8Array): boolean {
  const name = profile.subarray(0, MAX_NAME_BYTES + 1).indexOf(0);
  if (name < 0) return false;
  try {
    inflateSync(profile.subarray(name + 2), { maxOutputLength: MAX_PROFILE_BYTES });
    return true;
  } catch {
    // Too large or damaged: the colours are taken as they are, as they would be without it.
    return false;
  }
}

function type(letters: string): number {
  return Buffer.from(letters, 'latin1').readUInt32BE();
}
