/** Whole pictures made smaller or turned by quarter turns, and boxes taken back through the turns. */
import type { Box } from './face.ts';
import { libvips } from './libvips.ts';
import type { Pixels } from './pixels.ts';

/** Clockwise. */
export type QuarterTurns = 0 | 1 | 2 | 3;

/** Scales both sides; shrinking averages (libvips' linear kernel is stretched to the scale). */
export async function resize(pixels: Pixels, scale: number): Promise<Pixels> {
  const sharp = await libvips();
  const { data, info } = await sharp(pixels.data, {
    raw: { width: pixels.width, height: pixels.height, channels: 3 },
  })
    .resize({
      width: Math.max(1, Math.round(pixels.width * scale)),
      height: Math.max(1, Math.round(pixels.height * scale)),
      fit: 'fill',
      kernel: 'linear',
    })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

export function turn(pixels: Pixels, turns: QuarterTurns): Pixels {
  if (turns === 0) return pixels;
  const { data, width, height } = pixels;
  const path = readingPath(turns, width, height);
  const [rows, columns] = turns === 2 ? [height, width] : [width, height];
  const turned = new Uint8Array(data.length);
  let to = 0;
  for (let row = 0; row < rows; row++) {
    let from = (path.start + row * path.down) * 3;
    for (let column = 0; column < columns; column++, from += path.right * 3) {
      turned[to++] = data[from]!;
      turned[to++] = data[from + 1]!;
      turned[to++] = data[from + 2]!;
    }
  }
  return { data: turned, width: columns, height: rows };
}

/** Which pixel of the original the turned picture begins with, and how far one step is, in pixels. */
function readingPath(turns: 1 | 2 | 3, width: number, height: number) {
  if (turns === 1) return { start: (height - 1) * width, right: -width, down: 1 };
  if (turns === 2) return { start: height * width - 1, right: -1, down: -width };
  return { start: width - 1, right: width, down: -1 };
}

/** Where a box of the turned picture lies in the picture before, both in ratios. */
export function turnBack(box: Box, turns: QuarterTurns): Box {
  let { left, top, width, height } = box;
  for (let i = 0; i < turns; i++) {
    [left, top, width, height] = [top, 1 - left - width, height, width];
  }
  return { left, top, width, height };
}
