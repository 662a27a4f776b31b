/** The marks laid over a photograph, and the panel set beside it. */
import sharp from 'sharp';
import type { Picture } from '../../../layers/inference/index.ts';
import type { FaceDetail } from './captions.ts';
import { overlay } from './overlay.ts';
import { panel } from './panel.ts';
import { COLOURS } from './style.ts';

/** A picture whose longer side is shorter is enlarged to this: marks and text need room. */
const SMALLEST_SIDE = 1000;

/** @returns the upright photograph with its marks, enlarged if it is small, and with text the panel beside it */
export async function draw(
  { pixels }: Picture,
  faces: readonly FaceDetail[],
  options: {
    readonly format: 'png' | 'jpeg';
    readonly text: boolean;
    readonly width?: number | undefined;
  },
): Promise<Buffer> {
  const { data, width, height } = pixels;
  const scale = Math.max(1, SMALLEST_SIDE / Math.max(width, height));
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  const beside = options.text ? panel(faces, size) : undefined;
  const enlarged = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ ...size, fit: 'fill' })
    .extend({ right: beside?.width ?? 0, background: COLOURS.panel })
    .raw()
    .toBuffer();
  const canvas = { width: size.width + (beside?.width ?? 0), height: size.height };
  const drawn = await sharp(enlarged, { raw: { ...canvas, channels: 3 } })
    .composite([
      { input: Buffer.from(overlay(faces, size, options.text)), left: 0, top: 0 },
      ...(beside ? [{ input: Buffer.from(beside.svg), left: size.width, top: 0 }] : []),
    ])
    .removeAlpha()
    .raw()
    .toBuffer();
  // A pipeline scales before it composes, so this is another one.
  return sharp(drawn, { raw: { ...canvas, channels: 3 } })
    .resize({ width: options.width ?? canvas.width })
    .toFormat(options.format)
    .toBuffer();
}

/**
 * Whether this machine has a font. Without one every letter is drawn as the same empty box, so two letters
 * that differ in every font are compared.
 */
export async function hasFont(): Promise<boolean> {
  const [narrow, wide] = await Promise.all([letter('i'), letter('W')]);
  return !narrow.equals(wide);
}

function letter(character: string): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><text x="5" y="30" font-size="24" font-family="sans-serif">${character}</text></svg>`;
  return sharp(Buffer.from(svg)).raw().toBuffer();
}
