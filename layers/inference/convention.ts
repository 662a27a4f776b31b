/**
 * How an embedder wants to be fed and what it gives: the part of a face model that follows from how its network
 * was trained and written to a file. All are fed the face that `alignment.ts` cuts out.
 */
import type { Frame } from './alignment.ts';

export interface Convention {
  /** Name of the network's input. */
  readonly input: string;
  /** Name of the output that holds the embedding. */
  readonly output: string;
  /** Name of an output that still tells where in the face, if what is judged by such features needs one. */
  readonly features?: string | undefined;
  /** Whether channels come before rows and columns, or after them. */
  readonly layout: 'NCHW' | 'NHWC';
  readonly channels: 'RGB' | 'BGR';
  /** Subtracted from values of 0..255. */
  readonly mean: number;
  /** What the difference is divided by. */
  readonly scale: number;
  /** Side of the input in pixels. */
  readonly side: number;
  /**
   * The part of the 112 x 112 template's plane that the input shows; the whole of it unless a network was
   * trained on a wider or narrower cut.
   */
  readonly frame: Frame;
  /** How many faces a run takes: exactly so many, or any number. */
  readonly batch: number | 'any';
}

/** What nearly all published embedders have in common. */
export const USUAL_CONVENTION = {
  layout: 'NCHW',
  channels: 'RGB',
  mean: 127.5,
  scale: 127.5,
  side: 112,
  frame: { left: 0, top: 0, side: 112 },
  batch: 'any',
} as const satisfies Partial<Convention>;

/** Vectors of other lengths are not stored. */
export const DIMENSIONS = { least: 64, most: 1024 } as const;

/**
 * @param faces each `side` squared RGB values 0..255, interleaved
 * @returns each face followed by its mirror image, as the network wants them
 */
export function facesAndMirrors(
  faces: readonly Float32Array[],
  { layout, channels, mean, scale, side }: Convention,
): { readonly data: Float32Array; readonly shape: readonly number[] } {
  const area = side * side;
  const data = new Float32Array(faces.length * 2 * 3 * area);
  const [pixelStep, channelStep] = layout === 'NCHW' ? [1, area] : [3, 1];
  const [first, last] = channels === 'RGB' ? [0, 2 * channelStep] : [2 * channelStep, 0];
  faces.forEach((face, n) => {
    const start = n * 2 * 3 * area;
    let from = 0;
    for (let row = 0; row < side; row++) {
      let asIs = start + row * side * pixelStep;
      let mirrored = asIs + (3 * area + (side - 1) * pixelStep);
      for (let column = 0; column < side; column++, from += 3) {
        const red = (face[from]! - mean) / scale;
        const green = (face[from + 1]! - mean) / scale;
        const blue = (face[from + 2]! - mean) / scale;
        data[asIs + first] = red;
        data[asIs + channelStep] = green;
        data[asIs + last] = blue;
        data[mirrored + first] = red;
        data[mirrored + channelStep] = green;
        data[mirrored + last] = blue;
        asIs += pixelStep;
        mirrored -= pixelStep;
      }
    }
  });
  const one = layout === 'NCHW' ? [3, side, side] : [side, side, 3];
  return { data, shape: [faces.length * 2, ...one] };
}
