/**
 * Where to look in a picture that is much longer than high, or higher than long: whole, it would be scaled
 * until its faces are a few pixels wide.
 */
import type { Box } from '../face.ts';
import type { Pixels } from '../pixels.ts';
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
 * Share of the short side: what has its centre nearer to an edge within the picture is left to the neighbour. At
 * half of the short side, which neighbours share, rounding could lose what lies in the middle.
 */
const EDGE = 0.4;

const CHANNELS = 3;

/**
 * Covers a picture with tiles as high as its short side, evenly spread along its long one. Neighbours
 * overlap by at least the short side, so whatever is no longer than that lies wholly in some tile.
 *
 * @returns from left to right or from top to bottom; for a picture that is no strip, all of it once.
 */
export function tilesOf(width: number, height: number): Tile[] {
  if (!isStrip(width, height)) return [{ left: 0, top: 0, width, height }];
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  const needed = Math.ceil((long - TILE_RATIO * short) / ((TILE_RATIO - 1) * short)) + 1;
  const count = Math.min(needed, MAX_TILES);
  const length = Math.max(TILE_RATIO * short, Math.ceil((long + (count - 1) * short) / count));
  return Array.from({ length: count }, (_, i) => {
    const start = Math.floor((i * (long - length)) / (count - 1));
    return width > height
      ? { left: start, top: 0, width: length, height }
      : { left: 0, top: start, width, height: length };
  });
}

/** @returns a copy of what lies within the tile. */
export function cut({ data, width }: Pixels, tile: Tile): Pixels {
  const row = tile.width * CHANNELS;
  const cutout = new Uint8Array(row * tile.height);
  for (let y = 0; y < tile.height; y++) {
    const from = ((tile.top + y) * width + tile.left) * CHANNELS;
    cutout.set(data.subarray(from, from + row), y * row);
  }
  return { data: cutout, width: tile.width, height: tile.height };
}

/**
 * Where in the picture something is that was seen in one of its tiles.
 *
 * @param box in ratios of the tile.
 * @returns the box in ratios of the picture; undefined if its centre is so near to an edge within the picture
 * that a neighbour shows it better. Whatever is no longer than the short side is kept in one tile, or in two
 * where its centre is halfway: boxes of all tiles still have to be merged.
 */
export function fromTile(
  box: Box,
  tile: Tile,
  { width, height }: { readonly width: number; readonly height: number },
): Box | undefined {
  const left = tile.left + box.left * tile.width;
  const top = tile.top + box.top * tile.height;
  const x = left + (box.width * tile.width) / 2;
  const y = top + (box.height * tile.height) / 2;
  const margin = Math.min(width, height) * EDGE;
  const isNear = (at: number, start: number, length: number, whole: number) =>
    (start > 0 && at < start + margin) || (start + length < whole && at > start + length - margin);
  if (isNear(x, tile.left, tile.width, width) || isNear(y, tile.top, tile.height, height)) {
    return undefined;
  }
  return {
    left: left / width,
    top: top / height,
    width: (box.width * tile.width) / width,
    height: (box.height * tile.height) / height,
  };
}
