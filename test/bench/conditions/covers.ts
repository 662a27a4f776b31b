/**
 * What people wear before their faces, the same for everybody, drawn on the plane of the alignment template:
 * there the eyes of an adult, 63 mm apart, are 35 pixels apart, so that a pixel is 1.8 mm. Pure.
 */
import type { Similarity } from '../../../layers/inference/pixels.ts';
import type { Size } from './placement.ts';

export type Cover = keyof typeof SHAPES;

const SHAPES = {
  /** A surgical mask, 150 mm across when worn, from the bridge of the nose to below the chin, with its folds. */
  mask: `<path d="M13 69 Q34 66 46 63 Q56 59 66 63 Q78 66 99 69 L94 99 Q88 115 74 121 Q56 127 38 121 Q24 115 18 99 Z"
      fill="#a9c8dc"/>
    <path d="M16 80 Q56 88 96 80 M17 91 Q56 100 95 91 M21 103 Q56 112 91 103" fill="none" stroke="#8fb0c6" stroke-width="1.2"/>`,
  /** The black bar that makes a person anonymous: from temple to temple, brows to below the eyes. */
  bar: '<rect x="12" y="39" width="88" height="25" fill="#000"/>',
  /** Sunglasses: lenses of 56 by 46 mm that hide the eyes, a bridge of 18 mm over them, temples to the ears. */
  lenses: `<g fill="#17171a">
      <rect x="22.6" y="41" width="31.4" height="25.8" rx="10"/>
      <rect x="58" y="41" width="31.4" height="25.8" rx="10"/>
      <rect x="52" y="46" width="8" height="3"/>
      <rect x="8" y="45" width="16" height="4"/>
      <rect x="88" y="45" width="16" height="4"/>
    </g>`,
} as const;

/**
 * @param toPicture from the plane of the template to the picture, both in pixels.
 * @returns an SVG as large as the picture, empty but for the cover.
 */
export function drawCover(cover: Cover, toPicture: Similarity, { width, height }: Size): string {
  const { a, b, x, y } = toPicture;
  const matrix = [a, b, -b, a, x, y].join(' ');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <g transform="matrix(${matrix})">${SHAPES[cover]}</g></svg>`;
}
