/** The frame header of a JPEG (ITU-T T.81, B.2.2): its size, and what its coefficients take in memory. */
import { ImageFormatError } from '../errors.ts';

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** Whether scans refine each other, so that all must be read before the first pixel is right. */
  readonly progressive: boolean;
  /** How many components there are. */
  readonly components: number;
  /** What a decoder holds of each component if it cannot go row by row, by the component's id. */
  readonly heldBytes: ReadonlyMap<number, number>;
}

/** Bit 1 of the marker's low nibble: progressive, sequential being 0 and 1, lossless 3 (table B.1). */
const PROGRESSIVE = 0b10;
const LOSSLESS = 0b11;

const FIXED_BYTES = 6;
const COMPONENT_BYTES = 3;
const MAX_SAMPLING = 4;
const BLOCK_SIDE = 8;
/** 64 coefficients of 16 bits. */
const BLOCK_BYTES = 128;

/**
 * @param code second byte of the SOF marker.
 * @param segment what follows the segment's length.
 * @throws ImageFormatError
 */
export function readFrame(code: number, segment: Uint8Array): Frame {
  const count = segment[5] ?? 0;
  if (count === 0 || segment.length < FIXED_BYTES + count * COMPONENT_BYTES) throw damaged();
  const height = (segment[1]! << 8) | segment[2]!;
  const width = (segment[3]! << 8) | segment[4]!;
  if (width === 0 || height === 0) throw damaged();
  const components = Array.from({ length: count }, (_, i) => {
    const at = FIXED_BYTES + i * COMPONENT_BYTES;
    return { id: segment[at]!, across: segment[at + 1]! >> 4, down: segment[at + 1]! & 15 };
  });
  if (components.some(({ across, down }) => !isSampling(across) || !isSampling(down))) {
    throw damaged();
  }
  const mostAcross = Math.max(...components.map(({ across }) => across));
  const mostDown = Math.max(...components.map(({ down }) => down));
  const heldBytes = new Map<number, number>();
  for (const { id, across, down } of components) {
    const columns = blocks(width, across, mostAcross);
    const rows = blocks(height, down, mostDown);
    heldBytes.set(id, (heldBytes.get(id) ?? 0) + columns * rows * BLOCK_BYTES);
  }
  const progressive = (code & LOSSLESS) === PROGRESSIVE;
  return { width, height, progressive, components: count, heldBytes };
}

/** A side of a component in blocks, up to whole units of its sampling (A.2.4). */
function blocks(side: number, sampling: number, most: number): number {
  return Math.ceil(Math.ceil((side * sampling) / (most * BLOCK_SIDE)) / sampling) * sampling;
}

function isSampling(value: number): boolean {
  return value >= 1 && value <= MAX_SAMPLING;
}

function damaged(): ImageFormatError {
  return new ImageFormatError('The frame header of the JPEG is damaged');
}
