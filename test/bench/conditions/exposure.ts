/** Changes of single pixels: a person before a bright window, and the noise of a sensor. Pure. */
import type { Pixels, Similarity } from '../../../layers/inference/pixels.ts';
import type { Random } from '../../support/random.ts';

/** On the plane of the alignment template: an oval head with hair and ears, and shoulders below it. */
const HEAD = { x: 56, y: 64, halfWidth: 58, halfHeight: 74 } as const;
const SHOULDERS = { top: 118, halfWidth: 70, slope: 1.4 } as const;

/** Width of the outline's soft edge, in pixels of the template. */
const EDGE = 8;

/** @returns 0..1: how much a position on the plane of the template belongs to the person. */
export function silhouette(u: number, v: number): number {
  const radius = Math.hypot((u - HEAD.x) / HEAD.halfWidth, (v - HEAD.y) / HEAD.halfHeight);
  const outsideHead = (radius - 1) * HEAD.halfWidth;
  const halfWidth = SHOULDERS.halfWidth + SHOULDERS.slope * (v - SHOULDERS.top);
  const outsideShoulders = Math.max(SHOULDERS.top - v, Math.abs(u - HEAD.x) - halfWidth);
  const outside = Math.min(outsideHead, outsideShoulders);
  return Math.min(1, Math.max(0, 0.5 - outside / EDGE));
}

/**
 * @param toTemplate from pixels of the picture to the plane of the template.
 * @returns a copy in which the person, and nobody and nothing else, is `factor` as bright.
 */
export function backlit(pixels: Pixels, toTemplate: Similarity, factor: number): Pixels {
  const { data, width, height } = pixels;
  const { a, b, x, y } = toTemplate;
  const dark = new Uint8Array(data.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [p, q] = [column + 0.5, row + 0.5];
      const share = silhouette(a * p - b * q + x, b * p + a * q + y);
      const light = 1 - share * (1 - factor);
      const at = (row * width + column) * 3;
      for (let i = at; i < at + 3; i++) dark[i] = Math.round(data[i]! * light);
    }
  }
  return { data: dark, width, height };
}

/** A copy with Gaussian noise of that standard deviation in every channel of every pixel, cut at 0 and 255. */
export function noisy(pixels: Pixels, sigma: number, random: Random): Pixels {
  const data = pixels.data.map((value) =>
    Math.min(255, Math.max(0, Math.round(value + sigma * random.gaussian()))),
  );
  return { ...pixels, data };
}
