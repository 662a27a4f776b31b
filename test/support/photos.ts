/**
 * Photographs with real faces, from the sample files of npm packages.
 *
 * `sample(1..6)`: groups of three to five women, 1920 pixels wide; the woman at the right of 1 is the one in
 * the middle of 3. `portrait(row, column)`: cells of a screenshot that shows small portraits, among them
 * many of one man ({@link SAME_MAN}).
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';

const PACKAGES = path.resolve(import.meta.dirname, '../../node_modules/@vladmandic');

export function sample(number: 1 | 2 | 3 | 4 | 5 | 6): Promise<Buffer> {
  return readFile(samplePath(number));
}

export function samplePath(number: 1 | 2 | 3 | 4 | 5 | 6): string {
  return path.join(PACKAGES, `face-api/demo/sample${number}.jpg`);
}

/** Row and column of different photographs of one man. */
export const SAME_MAN = [
  [0, 0],
  [0, 1],
  [0, 2],
  [0, 3],
  [0, 5],
  [0, 8],
] as const;

/** Row and column of six other people, each another. */
export const OTHERS = [
  [1, 6],
  [1, 7],
  [2, 1],
  [2, 2],
  [2, 5],
  [2, 11],
] as const;

/** A portrait, enlarged twice, as PNG. */
export function portrait([row, column]: readonly [number, number]): Promise<Buffer> {
  return sharp(path.join(PACKAGES, 'human/assets/screenshot-facematch.jpg'))
    .extract({
      left: Math.round(2 + column * 106.45),
      top: Math.round(284 + row * 112.3),
      width: 104,
      height: 92,
    })
    .resize(416)
    .png()
    .toBuffer();
}

/** A photograph-like picture without any face. */
export function noFace(): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480">
    <defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="#59c"/><stop offset="1" stop-color="#def"/></linearGradient></defs>
    <rect width="640" height="480" fill="url(#sky)"/><path d="M0 400 L200 180 L360 330 L480 220 L640 420 V480 H0Z" fill="#465"/>
  </svg>`;
  return sharp(Buffer.from(svg)).jpeg().toBuffer();
}
