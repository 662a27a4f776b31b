/**
 * Photographs for tests and benches, out of sample files of npm packages; none lies in this
 * repository.
 */
import path from 'node:path';

const PACKAGES = path.join(import.meta.dirname, '../../node_modules/@vladmandic');

/** Six photographs, 1920 pixels wide, of 3, 3, 3, 4, 5 and 4 women. */
export const SAMPLES = [1, 2, 3, 4, 5, 6].map((number) =>
  path.join(PACKAGES, 'face-api/demo', `sample${number}.jpg`),
);
export const SAMPLE_FACES = [3, 3, 3, 4, 5, 4] as const;

/** A screenshot with a grid of faces; the first eight of its first full row are one man. */
export const FACE_GRID = path.join(PACKAGES, 'human/assets/screenshot-facematch.jpg');
