/** The overlay laid over its photograph. */
import sharp from 'sharp';
import type { Picture } from '../../../layers/inference/index.ts';
import type { FaceDetail } from './captions.ts';
import { overlay } from './overlay.ts';

/** A picture whose longer side is shorter is enlarged to this: text needs room. */
const SMALLEST_SIDE = 1000;

/** @returns the upright photograph with the overlay, enlarged if it is small */
export async function draw(
  { pixels }: Picture,
  faces: readonly FaceDetail[],
  options: { readonly format: 'png' | 'jpeg'; readonly text: boolean },
): Promise<Buffer> {
  const { data, width, height } = pixels;
  const scale = Math.max(1, SMALLEST_SIDE / Math.max(width, height));
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  return sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ ...size, fit: 'fill' })
    .composite([{ input: Buffer.from(overlay(faces, size, options.text)) }])
    .removeAlpha()
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
