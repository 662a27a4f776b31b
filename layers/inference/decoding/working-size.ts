/** How large a picture is kept in memory: large enough to see its faces, 50 MB at most. */

/**
 * The longest side kept of most pictures, in pixels. Larger ones are halved until they fit, which costs
 * nothing in a JPEG: libjpeg scales by powers of two.
 */
const MAX_SIDE = 4096;

/** A strip is more than this many times as long as it is high, or the other way round. */
export const STRIP_RATIO = 3;

export function isStrip(width: number, height: number): boolean {
  return Math.max(width, height) > STRIP_RATIO * Math.min(width, height);
}

/**
 * By how much to divide the sides of a picture of this size before it is kept: a power of two.
 *
 * The faces of a strip are as small as its short side, so it is measured by area: it may have the pixels
 * of the largest square.
 */
export function shrinkOf(width: number, height: number): number {
  const excess = isStrip(width, height)
    ? Math.sqrt(width * height) / MAX_SIDE
    : Math.max(width, height) / MAX_SIDE;
  return 2 ** Math.max(0, Math.ceil(Math.log2(excess)));
}
