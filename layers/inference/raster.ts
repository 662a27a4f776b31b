/** Whole pictures made smaller or turned by quarter turns, and boxes taken back through the turns. */
import type { Box } from './face.ts';
import type { Pixels } from './pixels.ts';

/** Clockwise. */
export type QuarterTurns = 0 | 1 | 2 | 3;

/** Scales both sides; shrinking averages (libvips' linear kernel is stretched to the scale). */
export async function resize(pixels: Pixels, scale: number): Promise<Pixels> {
  const { default: sharp } = await import('sharp');
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
  let turned = pixels;
  for (let i = 0; i < turns; i++) turned = quarterTurn(turned);
  return turned;
}

/** Where a box of the turned picture lies in the picture before, both in ratios. */
export function turnBack(box: Box, turns: QuarterTurns): Box {
  let { left, top, width, height } = box;
  for (let i = 0; i < turns; i++) {
    [left, top, width, height] = [top, 1 - left - width, height, width];
  }
  return { left, top, width, height };
}

function quarterTurn({ data, width, height }: Pixels): Pixels {
  const turned = new Uint8Array(data.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const from = (row * width + column) * 3;
      const to = (column * height + (height - 1 - row)) * 3;
      turned[to] = data[from]!;
      turned[to + 1] = data[from + 1]!;
      turned[to + 2] = data[from + 2]!;
    }
  }
  return { data: turned, width: height, height: width };
}
