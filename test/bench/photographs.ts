/** The photographs that benches of speed look at, made of npm packages' samples: 1920 x 1080, JPEG. */
import sharp, { type Region } from 'sharp';
import { SAMPLES } from '../inference/samples.ts';

export interface Photograph {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** One person, one whose head is tilted so far that the crop is turned for it, and a group of 22. */
export async function photographs(): Promise<Photograph[]> {
  const upright = await portrait(SAMPLES[2], { left: 380, top: 250, width: 640, height: 1080 });
  const tilted = await portrait(SAMPLES[0], { left: 1250, top: 100, width: 640, height: 1080 });
  return [
    { name: 'one face, 1920x1080', bytes: upright },
    { name: 'one face, tilted by 42 degrees', bytes: tilted },
    { name: 'group, 1920x1080', bytes: await group() },
  ];
}

/** Part of a photograph with one woman in it, before the dark wall of another. */
async function portrait(file: string | undefined, woman: Region): Promise<Uint8Array> {
  const wall = await sharp(SAMPLES[0])
    .extract({ left: 0, top: 0, width: 380, height: 1280 })
    .resize({ width: 1920, height: 1080, fit: 'fill' })
    .toBuffer();
  return sharp(wall)
    .composite([{ input: await sharp(file).extract(woman).toBuffer(), left: 640, top: 0 }])
    .jpeg({ quality: 90 })
    .toBuffer();
}

/** All six photographs side by side, 22 people. */
async function group(): Promise<Uint8Array> {
  const tiles = await Promise.all(
    SAMPLES.map(async (file, i) => ({
      input: await sharp(file).resize({ width: 640, height: 540, fit: 'contain' }).toBuffer(),
      left: (i % 3) * 640,
      top: Math.floor(i / 3) * 540,
    })),
  );
  return sharp({ create: { width: 1920, height: 1080, channels: 3, background: 'black' } })
    .composite(tiles)
    .jpeg({ quality: 90 })
    .toBuffer();
}
