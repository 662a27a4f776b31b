/**
 * Codes of eight bits as two planes of four: what is scanned first, and what settles the rest.
 *
 * A code c from -128 to 127 is 16 u + l, with an upper half u from -8 to 7 and a lower half l from 0 to 15.
 * Rows are padded with zeros to a multiple of 32 dimensions, which a query pads with zeros of its own.
 *
 * **Upper plane.** Rows in groups of four: for each dimension one int16, little-endian,
 *
 *     u3 * 4096  +  (u2 + 8) * 256  +  (u1 + 8) * 16  +  (u0 + 8)
 *
 * so that the kernel multiplies eight dimensions of a row as they lie there, behind a mask. What is left when
 * the rows are no multiple of four lies behind the groups, each row packed, with u + 8 as its values.
 *
 * **Lower plane.** Every row packed, with l as its values, so that one row is one piece.
 *
 * **Packed.** 32 values in 16 bytes, which are eight int16, little-endian: int16 j has the values j, 8 + j,
 * 16 + j and 24 + j, the first in its lowest bits.
 */

export const GROUP_ROWS = 4;
/** Of the last row of a group, the only one whose halves are kept with their sign. */
const LAST_SHIFT = 12;
const PACKED_VALUES = 32;
/** Of a packed row, values that lie beside each other in one int16. */
const STRIDE = 8;

/** The dimension with its padding. */
export function paddedDimension(dimension: number): number {
  return Math.ceil(dimension / PACKED_VALUES) * PACKED_VALUES;
}

/** Bytes of a row in one of the planes, on average or packed. */
export function planeRowBytes(dimension: number): number {
  return paddedDimension(dimension) / 2;
}

/**
 * The dimensions that are in the first half of a packed row, which is a piece of its own: 256 of 512, 96 of 192.
 * None of 32 and less.
 */
export function firstDimensions(dimension: number): number {
  return PACKED_VALUES * Math.floor(paddedDimension(dimension) / (2 * PACKED_VALUES));
}

/** How many of the rows are in groups; the others are packed. */
export function groupedRows(count: number): number {
  return count - (count % GROUP_ROWS);
}

/** Both planes, or the upper one as long as the other has not been read. */
export interface Planes {
  readonly dimension: number;
  readonly count: number;
  /** Starts at an even offset of its buffer, as the lower one does. */
  readonly upper: Uint8Array;
  readonly lower: Uint8Array | undefined;
}

/** @param codes of one row; its place must be zeros */
export function writeCodes(planes: Planes, row: number, codes: Int8Array): void {
  const { upper, lower } = int16Views(planes);
  if (lower === undefined) throw new RangeError('There is no lower plane.');
  const place = placeOf(planes, row);
  const lowerAt = lowerPlaceOf(planes, row);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0;
    const half = code >> 4;
    const shift = packedShift(i);
    const word = packedWord(i);
    lower[lowerAt + word] = (lower[lowerAt + word] ?? 0) | ((code & 15) << shift);
    if (place.isPacked) {
      upper[place.at + word] = (upper[place.at + word] ?? 0) | ((half + 8) << shift);
    } else {
      const value = place.shift === LAST_SHIFT ? half & 15 : half + 8;
      upper[place.at + i] = (upper[place.at + i] ?? 0) | (value << place.shift);
    }
  }
}

/** @param codes receives as many as it has room for, a dimension each */
export function readCodes(planes: Planes, row: number, codes: Int8Array): void {
  const { lower } = int16Views(planes);
  if (lower === undefined) throw new RangeError('There is no lower plane.');
  readUpper(planes, row, codes);
  const at = lowerPlaceOf(planes, row);
  for (let i = 0; i < codes.length; i++) {
    const low = ((lower[at + packedWord(i)] ?? 0) >> packedShift(i)) & 15;
    codes[i] = 16 * (codes[i] ?? 0) + low;
  }
}

/** @param halves receives the upper halves, from -8 to 7, as many as it has room for */
export function readUpper(planes: Planes, row: number, halves: Int8Array): void {
  const { upper } = int16Views(planes);
  const { at, isPacked, shift } = placeOf(planes, row);
  for (let i = 0; i < halves.length; i++) {
    if (isPacked) {
      halves[i] = (((upper[at + packedWord(i)] ?? 0) >> packedShift(i)) & 15) - 8;
    } else {
      const value = (upper[at + i] ?? 0) >> shift;
      halves[i] = shift === LAST_SHIFT ? value : (value & 15) - 8;
    }
  }
}

/**
 * Copies the codes of a row as they lie, several times as fast as reading and writing them.
 * @param to of the same dimension; the place of the row must be zeros
 */
export function copyCodes(from: Planes, index: number, to: Planes, row: number): void {
  const [source, target] = [int16Views(from), int16Views(to)];
  if (source.lower === undefined || target.lower === undefined) {
    throw new RangeError('There is no lower plane.');
  }
  const [read, written] = [placeOf(from, index), placeOf(to, row)];
  if (read.isPacked || written.isPacked) {
    const codes = new Int8Array(from.dimension);
    readCodes(from, index, codes);
    writeCodes(to, row, codes);
    return;
  }
  // Of four, the last one alone is not larger by 8, which is one bit.
  const flipped = (read.shift === LAST_SHIFT) === (written.shift === LAST_SHIFT) ? 0 : 8;
  for (let i = 0; i < from.dimension; i++) {
    const half = (((source.upper[read.at + i] ?? 0) >> read.shift) & 15) ^ flipped;
    target.upper[written.at + i] = (target.upper[written.at + i] ?? 0) | (half << written.shift);
  }
  const words = planeRowBytes(from.dimension) / Int16Array.BYTES_PER_ELEMENT;
  const [low, lowTo] = [lowerPlaceOf(from, index), lowerPlaceOf(to, row)];
  for (let i = 0; i < words; i++) target.lower[lowTo + i] = source.lower[low + i] ?? 0;
}

/** Where a row of the upper plane begins, in int16, and what its values are shifted by in a group. */
function placeOf({ dimension, count }: Planes, row: number) {
  const padded = paddedDimension(dimension);
  const grouped = groupedRows(count);
  if (row >= grouped) {
    const at = (grouped / GROUP_ROWS) * padded + ((row - grouped) * padded) / GROUP_ROWS;
    return { at, isPacked: true, shift: 0 };
  }
  const group = Math.floor(row / GROUP_ROWS);
  return { at: group * padded, isPacked: false, shift: 4 * (row % GROUP_ROWS) };
}

function lowerPlaceOf({ dimension }: Planes, row: number): number {
  return (row * planeRowBytes(dimension)) / Int16Array.BYTES_PER_ELEMENT;
}

const packedWord = (i: number) => STRIDE * (i >> 5) + (i & 7);
const packedShift = (i: number) => 4 * ((i >> 3) & 3);

const views = new WeakMap<Planes, { upper: Int16Array; lower: Int16Array | undefined }>();

function int16Views(planes: Planes): { upper: Int16Array; lower: Int16Array | undefined } {
  const known = views.get(planes);
  if (known !== undefined) return known;
  const of = (plane: Uint8Array) =>
    new Int16Array(plane.buffer, plane.byteOffset, plane.length / Int16Array.BYTES_PER_ELEMENT);
  const made = { upper: of(planes.upper), lower: planes.lower && of(planes.lower) };
  views.set(planes, made);
  return made;
}
