/**
 * JPEG without decoding it (ITU-T T.81, annex B): its size, its orientation, what a decoder has to hold, and
 * the file without what is not pixels.
 *
 * A photograph carries much that only says something about it: EXIF, XMP, IPTC, thumbnails, and after its end
 * further pictures such as the gain map of Ultra HDR. Parsers of these are where files attack, and where good
 * pictures fail. None of it reaches the decoder; what colours need does.
 */
import { ImageFormatError } from '../errors.ts';
import { orientationOf, orientationSegment, UPRIGHT } from './exif.ts';
import type { Header } from './header.ts';
import { type Frame, readFrame } from './jpeg-frame.ts';
import { Splice } from './splice.ts';

/** Second bytes of markers; the first is 0xff. */
const TEM = 0x01;
const SOF0 = 0xc0;
const DHT = 0xc4;
const JPG = 0xc8;
const DAC = 0xcc;
const SOF15 = 0xcf;
const RST0 = 0xd0;
const RST7 = 0xd7;
const EOI = 0xd9;
const SOS = 0xda;
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP2 = 0xe2;
const APP14 = 0xee;
const APP15 = 0xef;
const COM = 0xfe;

const MAX_SCAN_COMPONENTS = 4;
const MARKER_BYTES = 2;
const LENGTH_BYTES = 2;
const END = Uint8Array.of(0xff, EOI);

/** What colours need of the segments meant for applications: how each begins. */
const KEPT: ReadonlyMap<number, string> = new Map([
  [APP0, 'JFIF\0'],
  [APP2, 'ICC_PROFILE\0'],
  [APP14, 'Adobe'],
]);
/** Segments of a profile are numbered by one byte, from 1. */
const MAX_PROFILE_SEGMENTS = 255;
const EXIF = 'Exif\0';
/** With a byte of padding after the name. */
const EXIF_HEADER_BYTES = 6;

/** The parts of a file before its first scan. */
interface Head {
  readonly frame: Frame;
  readonly orientation: number;
  /** Where the marker of the first scan begins. */
  readonly end: number;
}

/** How a file goes on from there. */
interface Body {
  readonly scans: number;
  readonly scannedBytes: number;
  /** Behind the end marker; undefined without one. */
  readonly end: number | undefined;
}

/**
 * @param bytes begin with the marker SOI.
 * @throws ImageFormatError
 */
export function readJpeg(bytes: Uint8Array): Header {
  const splice = new Splice(bytes, orientationSegment(UPRIGHT).length + END.length);
  const { frame, orientation, end } = readHead(bytes, splice);
  const all = sum(frame.heldBytes.values());
  const inOneGo = !frame.progressive && scannedIds(bytes, end).length >= frame.components;
  const body = inOneGo
    ? { scans: 1, scannedBytes: 0, end: behindNextEnd(bytes, end) }
    : readScans(bytes, end, frame);
  splice.keep(end, body.end ?? bytes.length);
  if (body.end === undefined) splice.insert(END);
  return {
    width: frame.width,
    height: frame.height,
    orientation,
    heldBytes: inOneGo ? 0 : all,
    scans: body.scans,
    scannedBytes: body.scannedBytes,
    ended: body.end !== undefined,
    bytes: splice.bytes(),
  };
}

/** Keeps of the head what a decoder needs. */
function readHead(bytes: Uint8Array, splice: Splice): Head {
  let frame: Frame | undefined;
  let orientation: number | undefined;
  let profileSegments = 0;
  splice.keep(0, MARKER_BYTES);
  for (let at = MARKER_BYTES; ; ) {
    const code = nextMarker(bytes, at);
    const marker = bytes[code];
    if (marker === undefined || marker === EOI) throw new ImageFormatError('The JPEG has no scan');
    const start = code + 1 - MARKER_BYTES;
    if (marker === SOS) {
      if (frame === undefined) throw new ImageFormatError('The JPEG has no frame header');
      return { frame, orientation: orientation ?? UPRIGHT, end: start };
    }
    at = segmentEnd(bytes, code);
    if (at > bytes.length) throw new ImageFormatError('The JPEG ends within its head');
    const segment = bytes.subarray(code + 1 + LENGTH_BYTES, at);
    if (isFrame(marker)) frame ??= readFrame(marker, segment);
    if (marker === APP1 && orientation === undefined && startsWith(segment, EXIF)) {
      orientation = orientationOf(segment.subarray(EXIF_HEADER_BYTES));
      if (orientation !== UPRIGHT) splice.insert(orientationSegment(orientation));
    }
    if (!isNeeded(marker, segment)) continue;
    if (marker === APP2 && ++profileSegments > MAX_PROFILE_SEGMENTS) continue;
    splice.keep(start, at);
  }
}

/** Goes through all scans of a file that spreads its picture over several. */
function readScans(bytes: Uint8Array, from: number, frame: Frame): Body {
  let [scans, scanned] = [0, 0];
  for (let at = from; ; ) {
    const code = nextMarker(bytes, at);
    const marker = bytes[code];
    if (marker === undefined) return { scans, scannedBytes: scanned, end: undefined };
    if (marker === EOI) return { scans, scannedBytes: scanned, end: code + 1 };
    if (marker === SOS) {
      scans++;
      scanned += scannedBytes(bytes, code + 1 - MARKER_BYTES, frame);
    }
    at = segmentEnd(bytes, code);
  }
}

function scannedBytes(bytes: Uint8Array, at: number, frame: Frame): number {
  return sum(scannedIds(bytes, at).map((id) => frame.heldBytes.get(id) ?? 0));
}

/**
 * @param at where the marker of a scan begins.
 * @returns the ids of its components (B.2.3).
 */
function scannedIds(bytes: Uint8Array, at: number): number[] {
  const list = at + MARKER_BYTES + LENGTH_BYTES;
  const count = Math.min(bytes[list] ?? 0, MAX_SCAN_COMPONENTS);
  return Array.from({ length: count }, (_, i) => bytes[list + 1 + 2 * i] ?? 0);
}

function behindNextEnd(bytes: Uint8Array, from: number): number | undefined {
  const end = buffer(bytes).indexOf(END, from);
  return end < 0 ? undefined : end + END.length;
}

/** @returns the index of the next marker's second byte, or where the bytes end. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] !== 0xff) continue;
    while (bytes[at] === 0xff) at++;
    // 0 after 0xff stands for 0xff among a scan's bits.
    if (at < bytes.length && bytes[at] !== 0) return at;
  }
  return bytes.length;
}

/** @returns where what belongs to a marker ends, at least at the length it has, maybe behind the bytes. */
function segmentEnd(bytes: Uint8Array, code: number): number {
  const marker = bytes[code]!;
  if (marker === TEM || (marker >= RST0 && marker <= RST7)) return code + 1;
  const length = ((bytes[code + 1] ?? 0xff) << 8) | (bytes[code + 2] ?? 0xff);
  return code + 1 + Math.max(length, LENGTH_BYTES);
}

function isFrame(marker: number): boolean {
  return marker >= SOF0 && marker <= SOF15 && marker !== DHT && marker !== JPG && marker !== DAC;
}

function isNeeded(marker: number, segment: Uint8Array): boolean {
  const isForApplications = (marker >= APP0 && marker <= APP15) || marker === COM;
  if (!isForApplications) return true;
  const beginning = KEPT.get(marker);
  return beginning !== undefined && startsWith(segment, beginning);
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return buffer(bytes).toString('latin1', 0, text.length) === text;
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
