/**
 * How well a face can be seen: brightness and sharpness of its aligned crop, 0..100.
 *
 * Both look at the aligned crop, so they mean the same for a face of any size in a picture of any size:
 * detail that is lost at that resolution is detail that no comparison of faces can use.
 */
import { ALIGNED_SIDE } from './alignment.ts';
import type { Quality } from './face.ts';

/** Rows and columns of the aligned crop that lie within the face for any head: brow to chin. */
const INNER = { top: 28, bottom: 106, left: 22, right: 90 } as const;

/** @param aligned ALIGNED_SIDE squared RGB values 0..255, interleaved. */
export function qualityOf(aligned: Float32Array): Quality {
  const luma = lumaOf(aligned);
  return { brightness: brightnessOf(luma), sharpness: sharpnessOf(luma) };
}

/** ITU-R BT.601. */
function lumaOf(rgb: Float32Array): Float32Array {
  const luma = new Float32Array(rgb.length / 3);
  for (let i = 0; i < luma.length; i++) {
    luma[i] = 0.299 * rgb[i * 3]! + 0.587 * rgb[i * 3 + 1]! + 0.114 * rgb[i * 3 + 2]!;
  }
  return luma;
}

/** The square root of the mean luma, nearer to what the eye sees than the luma itself. */
function brightnessOf(luma: Float32Array): number {
  let [sum, count] = [0, 0];
  for (let row = INNER.top; row < INNER.bottom; row++) {
    for (let column = INNER.left; column < INNER.right; column++) {
      sum += luma[row * ALIGNED_SIDE + column]!;
      count++;
    }
  }
  return 100 * Math.sqrt(sum / count / 255);
}

/** The blur at which sharpness is 50, and how fast it falls there. */
const HALF_SHARP = 0.65;
const BLUR_SCALE = 0.07;

/**
 * A sigmoid of the blur: crisp portraits (blur 0.35 to 0.5) come out at 90 to 99, faces that lost a third
 * of their matches (0.78) below 15.
 */
function sharpnessOf(luma: Float32Array): number {
  const blur = Math.max(blurAlong(luma, 1), blurAlong(luma, ALIGNED_SIDE));
  return 100 / (1 + Math.exp((blur - HALF_SHARP) / BLUR_SCALE));
}

/** Half the width of the low-pass filter: nine taps. */
const REACH = 4;

/**
 * How much a strong blur along one axis takes from the variation between neighbours: little when it was
 * blurred before. Crete, Dolmiere, Ladret, Nicolas, "The blur effect: perception and estimation with
 * a new no-reference perceptual blur metric", SPIE 2007.
 *
 * @param step from a pixel to the next along the axis: 1 horizontally, ALIGNED_SIDE vertically.
 * @returns 0 (sharp) .. 1 (blurred)
 */
function blurAlong(luma: Float32Array, step: number): number {
  let [variation, lost] = [0, 0];
  for (let row = INNER.top; row < INNER.bottom; row++) {
    for (let column = INNER.left; column < INNER.right; column++) {
      const at = row * ALIGNED_SIDE + column;
      const original = Math.abs(luma[at]! - luma[at - step]!);
      // The difference of two neighbouring nine-tap means is that of their outermost taps.
      const blurred =
        Math.abs(luma[at + REACH * step]! - luma[at - (REACH + 1) * step]!) / (2 * REACH + 1);
      variation += original;
      lost += Math.max(0, original - blurred);
    }
  }
  return variation === 0 ? 1 : 1 - lost / variation;
}
