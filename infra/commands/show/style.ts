/** Sizes and colours that a photograph's marks and the panel beside it have in common. */

/** In pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export const COLOURS = {
  box: '#00e5ff',
  landmark: '#ff3df2',
  right: '#ff3b30',
  up: '#34c759',
  ahead: '#2b7bff',
  eyes: '#ffd60a',
  /** On a plate in the colour of a box. */
  ink: '#06262b',
  panel: '#14171c',
  words: '#f2f4f7',
  small: '#aab2bd',
} as const;

/** Of text, in pixels: a share of the longer side of the picture. */
export function textHeight({ width, height }: Size): number {
  return Math.max(13, Math.max(width, height) / 85);
}

export function px(value: number): string {
  return value.toFixed(1);
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
