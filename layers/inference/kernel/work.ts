/** What every implementation of the kernel takes and gives. All give the same bits. */

/** `data` is RGB, 8 bits each, interleaved, rows from the top, no padding. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Maps (u, v) to (a u - b v + x, b u + a v + y): scale hypot(a, b), rotation atan2(b, a). Coordinates
 * are continuous: the centre of the pixel in column 0 is at 0.5.
 */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly x: number;
  readonly y: number;
}

/** A square to be cut out of a picture. */
export interface Square {
  /** Takes a position in the output, 0..side, to a position in the source, in pixels. */
  readonly toSource: Similarity;
  /** Width and height of the output in pixels. */
  readonly side: number;
  /** Samples of each output pixel along each axis. */
  readonly samples: number;
  /** Values are multiplied by it, and cut at 255. */
  readonly gain: number;
  /** What they are divided by in the end. */
  readonly divisor: number;
}

/** @param into side * side * 3 values, which are overwritten: RGB interleaved; outside the source is black */
export type Sample = (pixels: Pixels, square: Square, into: Float32Array) => void;

/** Where a picture goes in colour planes, and how its values are taken. */
export interface Canvas {
  /** Of the planes, in values. */
  readonly width: number;
  readonly height: number;
  /** Of the picture's left and upper edge from those of the planes. */
  readonly margin: number;
  readonly mean: number;
  /** What the difference from the mean is multiplied by. */
  readonly factor: number;
}

/** @param into three planes, red first, which are overwritten; 0 outside the picture */
export type Planes = (pixels: Pixels, canvas: Canvas, into: Float32Array) => void;
