/**
 * The cast of a clip, from a folder in the layout of LFW: five who are known, each shown by another photograph
 * than the one that is indexed, one of them twice; and two strangers.
 */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import type { Appearance } from '../scenes.ts';

export const SIZE = { width: 1280, height: 720, rate: 10, seconds: 24 } as const;
/** Seconds at which another scene begins. */
export const CUTS = [10, 20] as const;

const PATHS = [
  {
    from: 0,
    to: 6,
    size: 300,
    path: [
      [0.2, 0.5],
      [0.75, 0.5],
    ],
  },
  {
    from: 3,
    to: 10,
    size: 300,
    path: [
      [0.85, 0.3],
      [0.55, 0.75],
    ],
  },
  {
    from: 8,
    to: 14,
    size: 260,
    path: [
      [0.15, 0.6],
      [0.4, 0.35],
    ],
  },
  {
    from: 12,
    to: 18,
    size: 320,
    path: [
      [0.8, 0.4],
      [0.6, 0.7],
    ],
  },
  {
    from: 16,
    to: 22,
    size: 300,
    path: [
      [0.12, 0.25],
      [0.88, 0.3],
    ],
  },
  {
    from: 16,
    to: 22,
    size: 300,
    path: [
      [0.88, 0.75],
      [0.12, 0.7],
    ],
  },
  {
    from: 18,
    to: 24,
    size: 280,
    path: [
      [0.5, 0.5],
      [0.55, 0.5],
    ],
  },
  {
    from: 20,
    to: 24,
    size: 240,
    path: [
      [0.85, 0.55],
      [0.8, 0.45],
    ],
  },
] as const;
/** Who is in each: numbers from 5 on are strangers; 0 comes back. */
const WHO = [0, 1, 2, 0, 3, 4, 5, 6] as const;
const KNOWN = 5;

export interface Known {
  readonly name: string;
  readonly photo: Buffer;
}

/**
 * @param seed another one gives other people
 * @param facesOn counts the faces on a photograph: one that shows somebody else too is passed over, since whom it
 *   shows would be in the clip and not in the truth
 */
export async function castOf(
  folder: string,
  seed: number,
  facesOn: (photo: Buffer) => Promise<number>,
): Promise<{ readonly cast: Appearance[]; readonly known: Known[] }> {
  const images = path.join(folder, 'images');
  const photos = new Map<string, string[]>();
  for (const file of readdirSync(images).sort()) {
    const name = file.replace(/_\d+\.jpg$/, '');
    photos.set(name, [...(photos.get(name) ?? []), path.join(images, file)]);
  }
  const several = [...photos].filter(([, files]) => files.length >= 4);
  const people = Array.from(
    { length: 7 },
    (_, i) => several[(seed * 31 + i * 17) % several.length]!,
  );
  const known = await Promise.all(
    people
      .slice(0, KNOWN)
      .map(async ([name, files]) => ({ name, photo: await readFile(files[0]!) })),
  );
  const left = people.map(([, files]) => files.slice(1));
  const cast: Appearance[] = [];
  for (const [i, who] of WHO.entries()) {
    const photo = await alone(left[who]!, facesOn);
    cast.push({ ...PATHS[i]!, who: people[who]![0], photo: await softened(photo) });
  }
  return { cast, known };
}

/** Takes the first photograph that shows nobody else; where all do, the last. */
async function alone(files: string[], facesOn: (photo: Buffer) => Promise<number>) {
  for (;;) {
    const photo = await readFile(files.shift()!);
    if (files.length === 0 || (await facesOn(photo)) < 2) return photo;
  }
}

/** Round, so that what is around a face hides nobody who passes. */
function softened(photo: Buffer): Promise<Buffer> {
  const mask = Buffer.from(
    '<svg width="250" height="250"><defs><radialGradient id="g"><stop offset="70%" stop-color="#fff"/><stop offset="100%" stop-color="#fff" stop-opacity="0"/></radialGradient></defs><rect width="250" height="250" fill="url(#g)"/></svg>',
  );
  return sharp(photo)
    .resize(250, 250)
    .ensureAlpha()
    .composite([{ input: mask, blend: 'dest-in' }])
    .png()
    .toBuffer();
}
