/**
 * Light: how dark a place of a picture is, and what it looks like with its levels raised.
 *
 * One gain for all channels brings a face back whole that was taken in a tenth of the light: the networks
 * were trained on well exposed photographs, and what they need is still in the eight bits. Stretching to
 * percentiles does as well in moderate darkness and worse in deep; adaptive histograms do worse in both.
 */
import type { Box } from './face.ts';
import type { Pixels } from './pixels.ts';

/** Mean luma to which darkness is raised, that of a well exposed face. */
const WELL_EXPOSED = 110;

/** A face is taken as it is from this mean luma on. */
const DARK = 45;

/** More would raise nothing but noise: at a mean luma under 3, eight bits hold no face. */
const MAX_GAIN = 40;

/** Part of a box that lies within the face whatever its roll, and the samples along its sides. */
const CORE = 0.6;
const CORE_SAMPLES = 16;

/**
 * The gain at which a face is seen best.
 *
 * @param box of the face in pixels.
 * @returns at least 1, and 1 unless the face is dark.
 */
export function gainFor({ data, width, height }: Pixels, box: Box): number {
  let [sum, count] = [0, 0];
  for (let j = 0; j < CORE_SAMPLES; j++) {
    const y = Math.floor(box.top + box.height * along(j));
    if (y < 0 || y >= height) continue;
    for (let i = 0; i < CORE_SAMPLES; i++) {
      const x = Math.floor(box.left + box.width * along(i));
      if (x < 0 || x >= width) continue;
      sum += lumaAt(data, (y * width + x) * 3);
      count++;
    }
  }
  return count === 0 ? 1 : gainTo(sum / count);
}

function along(sample: number): number {
  return 0.5 + CORE * ((sample + 0.5) / CORE_SAMPLES - 0.5);
}

function gainTo(mean: number): number {
  return mean >= DARK ? 1 : Math.min(MAX_GAIN, WELL_EXPOSED / Math.max(mean, 1));
}

/** A copy with its levels raised. */
export function raised(pixels: Pixels, gain: number): Pixels {
  const levels = Uint8Array.from({ length: 256 }, (_, level) =>
    Math.min(255, Math.round(level * gain)),
  );
  const { data } = pixels;
  const lit = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) lit[i] = levels[data[i]!]!;
  return { ...pixels, data: lit };
}

/** A share of the picture that is too dark to look at as it is. */
const SHADOW_SHARE = 0.06;

/** Darkest luma that is still looked at as it is. */
const SHADOW = 32;

/**
 * The gain at which the dark parts of a picture are seen.
 *
 * @param pixels the picture, as small as one likes.
 * @returns undefined where nearly nothing is dark.
 */
export function shadowGain({ data }: Pixels): number | undefined {
  let [sum, dark] = [0, 0];
  for (let at = 0; at < data.length; at += 3) {
    const luma = lumaAt(data, at);
    if (luma >= SHADOW) continue;
    sum += luma;
    dark++;
  }
  if (dark * 3 < SHADOW_SHARE * data.length) return undefined;
  return Math.min(MAX_GAIN, WELL_EXPOSED / Math.max(sum / dark, 1));
}

/** ITU-R BT.601. */
function lumaAt(data: Uint8Array, at: number): number {
  return 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
}
