/**
 * From the luma and chroma of a decoded picture to upright RGB, small enough to look at.
 *
 * The matrices are those of ITU-R BT.601, BT.709 and BT.2020 for limited range (luma 16..235, chroma 16..240);
 * decoders are asked for limited range whatever the video has. In fixed point with 16 bits behind the point.
 */
import type { ColourMatrix, Rotation } from './container.ts';
import type { YuvPicture } from './y4m.ts';

/** RGB, 8 bits each, interleaved, rows from the top. */
export interface RgbPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Faces of 40 pixels are found on pictures of 1,920 pixels, and on larger ones those that are larger in
 * proportion, as it is documented of Rekognition: so nothing is lost if larger pictures are halved.
 */
const LARGEST_SIDE = 1920;

/** The weights of red and blue in luma (Kr and Kb). */
const WEIGHTS: Readonly<Record<ColourMatrix, readonly [red: number, blue: number]>> = {
  bt601: [0.299, 0.114],
  bt709: [0.2126, 0.0722],
  bt2020: [0.2627, 0.0593],
};

const ONE = 1 << 16;
const LUMA = 255 / 219;
const CHROMA = 255 / 224;

/**
 * @param rotation by which the picture is turned clockwise
 * @returns the picture, its sides divided by the least whole number that makes both at most 1,920
 */
export function toRgb(
  { width, height, data }: YuvPicture,
  matrix: ColourMatrix,
  rotation: Rotation,
): RgbPicture {
  const shrink = Math.ceil(Math.max(width, height) / LARGEST_SIDE);
  const luma = shrunk({ data, width, height }, shrink);
  const chromaWidth = Math.ceil(width / 2);
  const chromaHeight = Math.ceil(height / 2);
  const [u, v] = [0, 1].map((plane) => {
    const from = width * height + plane * chromaWidth * chromaHeight;
    const part = data.subarray(from, from + chromaWidth * chromaHeight);
    return shrunk({ data: part, width: chromaWidth, height: chromaHeight }, shrink);
  });
  const isTurned = rotation === 90 || rotation === 270;
  const [w, h] = [luma.width, luma.height];
  const out = new Uint8Array(w * h * 3);
  const factors = factorsOf(matrix);
  const place = placement(rotation, w, h);
  for (let y = 0; y < h; y++) {
    const chromaRow = Math.min(y >> 1, u!.height - 1) * u!.width;
    let to = (place.start + y * place.down) * 3;
    for (let x = 0; x < w; x++) {
      const c = chromaRow + Math.min(x >> 1, u!.width - 1);
      const light = (luma.data[y * w + x]! - 16) * factors.luma + (ONE >> 1);
      const blue = u!.data[c]! - 128;
      const red = v!.data[c]! - 128;
      out[to] = clamp((light + red * factors.redV) >> 16);
      out[to + 1] = clamp((light + blue * factors.greenU + red * factors.greenV) >> 16);
      out[to + 2] = clamp((light + blue * factors.blueU) >> 16);
      to += place.right * 3;
    }
  }
  return isTurned ? { width: h, height: w, data: out } : { width: w, height: h, data: out };
}

function factorsOf(matrix: ColourMatrix) {
  const [kr, kb] = WEIGHTS[matrix];
  const kg = 1 - kr - kb;
  const fixed = (factor: number) => Math.round(factor * ONE);
  return {
    luma: fixed(LUMA),
    redV: fixed(2 * (1 - kr) * CHROMA),
    greenU: fixed((-2 * kb * (1 - kb) * CHROMA) / kg),
    greenV: fixed((-2 * kr * (1 - kr) * CHROMA) / kg),
    blueU: fixed(2 * (1 - kb) * CHROMA),
  };
}

/** Where the picture's first pixel goes, and how far its right and lower neighbours are from it, in pixels. */
function placement(rotation: Rotation, width: number, height: number) {
  switch (rotation) {
    case 0:
      return { start: 0, right: 1, down: width };
    case 90:
      return { start: height - 1, right: height, down: -1 };
    case 180:
      return { start: width * height - 1, right: -1, down: -width };
    case 270:
      return { start: (width - 1) * height, right: -height, down: 1 };
  }
}

interface Plane {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Each sample the mean of a square of `by` x `by`; what is left over at the right and below is left out. */
function shrunk(plane: Plane, by: number): Plane {
  if (by === 1) return plane;
  const width = Math.max(1, Math.floor(plane.width / by));
  const height = Math.max(1, Math.floor(plane.height / by));
  const data = new Uint8Array(width * height);
  const half = (by * by) >> 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = half;
      for (let j = 0; j < by; j++) {
        const row = Math.min(y * by + j, plane.height - 1) * plane.width + x * by;
        for (let i = 0; i < by; i++) sum += plane.data[row + i] ?? 0;
      }
      data[y * width + x] = Math.floor(sum / (by * by));
    }
  }
  return { data, width, height };
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
