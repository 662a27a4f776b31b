/**
 * The one tag of EXIF that changes a picture. Its directories form a graph that a file may tie into knots;
 * this reads the first directory and follows nothing.
 *
 * TIFF 6.0, section 2 (header, directories); Exif 2.32, 4.6.4 A (Orientation).
 */

/** As it is stored: row 0 at the top, column 0 at the left. */
export const UPRIGHT = 1;

const ORIENTATION = 0x0112;
const LARGEST_ORIENTATION = 8;
const HEADER_BYTES = 8;
const ENTRY_BYTES = 12;
const TIFF_MAGIC = 42;

/** Field types a writer might give a small number, and how it is read. */
const READERS: ReadonlyMap<number, (view: DataView, at: number, little: boolean) => number> =
  new Map([
    [3, (view, at, little) => view.getUint16(at, little)],
    [4, (view, at, little) => view.getUint32(at, little)],
    [8, (view, at, little) => view.getInt16(at, little)],
    [9, (view, at, little) => view.getInt32(at, little)],
  ]);

/**
 * @param tiff what follows `Exif\0\0` in the segment.
 * @returns 1..8; {@link UPRIGHT} when the tag is missing, out of range or cannot be read.
 */
export function orientationOf(tiff: Uint8Array): number {
  if (tiff.length < HEADER_BYTES) return UPRIGHT;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return UPRIGHT;
  const little = order === 0x4949;
  if (view.getUint16(2, little) !== TIFF_MAGIC) return UPRIGHT;
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return UPRIGHT;
  const entries = view.getUint16(directory, little);
  const end = Math.min(directory + 2 + entries * ENTRY_BYTES, tiff.length - ENTRY_BYTES + 1);
  for (let entry = directory + 2; entry < end; entry += ENTRY_BYTES) {
    if (view.getUint16(entry, little) !== ORIENTATION) continue;
    const value = READERS.get(view.getUint16(entry + 2, little))?.(view, entry + 8, little) ?? 0;
    return value >= UPRIGHT && value <= LARGEST_ORIENTATION ? value : UPRIGHT;
  }
  return UPRIGHT;
}

/** An APP1 segment of JPEG, marker included, that says this orientation and nothing else. */
export function orientationSegment(orientation: number): Uint8Array {
  // biome-ignore format: one line for each field
  return Uint8Array.of(
    0xff, 0xe1, 0x00, 0x22,
    0x45, 0x78, 0x69, 0x66, 0x00, 0x00, // Exif
    0x4d, 0x4d, 0x00, TIFF_MAGIC, 0x00, 0x00, 0x00, HEADER_BYTES, // big-endian, the directory follows
    0x00, 0x01, // one entry:
    ORIENTATION >> 8, ORIENTATION & 0xff, 0x00, 0x03, 0x00, 0x00, 0x00, 0x01, // one SHORT
    0x00, orientation, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, // no further directory
  );
}
