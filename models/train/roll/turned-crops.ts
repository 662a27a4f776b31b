/**
 * What the roll head is fitted to: crops of upright faces, cut turned by a known angle around a box that is
 * off as a detector's is, from pictures made worse in the ways that pictures are: small, dark, noisy, grey,
 * cut off close to the face.
 */
import sharp from 'sharp';
import { lookAt } from '../../../layers/inference/mesh.ts';
import type { Pixels } from '../../../layers/inference/pixels.ts';
import type { Sessions } from '../../../layers/inference/sessions.ts';
import type { Photograph, UprightFace } from '../people.ts';
import { gaussian, pixelRandomOf, type Random, randomOf } from '../random.ts';

export interface TurnedCrop {
  readonly person: string;
  /** The features that the mesh computes of the crop. */
  readonly map: Float32Array;
  /** Radians, clockwise: how far the face in it is turned. */
  readonly angle: number;
}

/** A picture and a face in it, both in its pixels. */
interface Scene {
  readonly pixels: Pixels;
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

/** Side of the mesh's crop over the face's. */
const MARGIN = 1.5;

/** How far a detector's box is off, as shares of the face's size, and of its own size (natural logarithm). */
const OFF = { place: 0.08, size: 0.25 } as const;

/** Longer sides of the faces in pixels, where they are made smaller. */
const SIZES = { least: 16, most: 200 } as const;

export async function turnedCrop(
  { file, person, picture }: Photograph,
  face: UprightFace,
  number: number,
  sessions: Sessions,
): Promise<TurnedCrop> {
  const name = `${file} ${Math.round(face.box.left)} ${number}`;
  const random = randomOf(name);
  const { pixels, x, y, size } = await worsened(picture.pixels, face, random, name);
  const angle = random.chance(0.75)
    ? random.between(-Math.PI, Math.PI)
    : random.between(-Math.PI / 8, Math.PI / 8);
  const normal = () => gaussian(() => random.between(0, 1));
  const region = {
    x: x + normal() * OFF.place * size,
    y: y + normal() * OFF.place * size,
    side: size * MARGIN * Math.exp(random.between(-OFF.size, OFF.size)),
    angle: face.roll - angle,
  };
  const [look] = await lookAt(pixels, [{ region, gain: 1 }], sessions);
  return { person, map: Float32Array.from(look!.map), angle };
}

async function worsened(
  pixels: Pixels,
  { box }: UprightFace,
  random: Random,
  name: string,
): Promise<Scene> {
  // Close to the face, or with as much around it as there is.
  const around = random.chance(0.3) ? random.between(-0.05, 0.25) : random.between(0.8, 1.8);
  const left = Math.max(0, Math.floor(box.left - around * box.width));
  const top = Math.max(0, Math.floor(box.top - around * box.height));
  const right = Math.min(pixels.width, Math.ceil(box.left + box.width * (1 + around)));
  const bottom = Math.min(pixels.height, Math.ceil(box.top + box.height * (1 + around)));
  const longer = Math.max(box.width, box.height);
  const wanted = random.chance(0.5)
    ? longer
    : Math.exp(random.between(Math.log(SIZES.least), Math.log(SIZES.most)));
  const scale = Math.min(2, wanted / longer);
  const width = Math.max(8, Math.round((right - left) * scale));
  const height = Math.max(8, Math.round((bottom - top) * scale));
  const data = await sharp(pixels.data, {
    raw: { width: pixels.width, height: pixels.height, channels: 3 },
  })
    .extract({ left, top, width: right - left, height: bottom - top })
    .resize({ width, height, fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();
  relight(data, random, pixelRandomOf(name));
  return {
    pixels: { data, width, height },
    x: ((box.left + box.width / 2 - left) * width) / (right - left),
    y: ((box.top + box.height / 2 - top) * height) / (bottom - top),
    size: longer * scale,
  };
}

/** In place: sometimes dark, noisy, both, or without colour. */
function relight(data: Uint8Array, random: Random, next: () => number): void {
  const how = random.between(0, 1);
  if (how < 0.15) {
    // Dark, with what noise a raised picture of that has.
    const [gain, noise] = [Math.exp(-random.between(0, 2.3)), random.between(0, 10)];
    for (let i = 0; i < data.length; i++) data[i] = clamp(data[i]! * gain + noise * gaussian(next));
  } else if (how < 0.3) {
    const noise = random.between(0, 25);
    for (let i = 0; i < data.length; i++) data[i] = clamp(data[i]! + noise * gaussian(next));
  } else if (how < 0.36) {
    for (let i = 0; i < data.length; i += 3) {
      const luma = clamp(0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!);
      data.fill(luma, i, i + 3);
    }
  }
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}
