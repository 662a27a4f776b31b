/**
 * Where to look in a picture that is much longer than high, or higher than long: whole, it would be scaled
 * until its faces are a few pixels wide.
 */
import { isStrip } from './working-size.ts';

/** In pixels of the picture. */
export interface Tile {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Twice as long as high, they are square enough for any look and overlap by half. */
const TILE_RATIO = 2;

/** A strip that would need more (over 100 times as long as high) gets longer tiles instead. */
export const MAX_TILES = 100;

/**
 * Covers a picture with tiles as high as its short side, evenly spread along its long one. Neighbours
 * overlap by at least the short side, so whatever is no longer than that lies wholly in some tile.
 *
 * @returns from left to right or from top to bottom; for a picture that is no strip, all of it once.
 */
export function tilesOf(width: number, height: number): Tile[] {
  if (!isStrip(width, height)) return [{ left: 0, top: 0, width, height }];
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  const wanted = Math.ceil((long - TILE_RATIO * short) / ((TILE_RATIO - 1) * short)) + 1;
  const count = Math.min(wanted, MAX_TILES);
  const length = Math.max(TILE_RATIO * short, Math.ceil((long + (count - 1) * short) / count));
  return Array.from({ length: count }, (_, i) => {
    const start = Math.floor((i * (long - length)) / (count - 1));
    return width > height
      ? { left: start, top: 0, width: length, height }
      : { left: 0, top: start, width, height: length };
  });
}
