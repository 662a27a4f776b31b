/**
 * Faces to try an embedder with: a screenshot of the npm package `@vladmandic/human` with a row of one man and a row of
 * women, each another.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { type DetectedFace, Inference, type Picture } from '../../layers/inference/index.ts';
import { Failure } from '../commands/cli/failures.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const GRID = path.join(ROOT, 'node_modules/@vladmandic/human/assets/screenshot-facematch.jpg');

export const MODELS = path.join(ROOT, 'models');

/** Height and width of a row of the grid, and where it begins. */
const ROW = { left: 0, width: 1920, height: 112 } as const;
/** With this below it a row is no strip, which would be looked at in pieces. */
const BELOW = 600;
const ONE_MAN = 283;
const WOMEN = 733;
/** More make a check of a large network slow, and say no more. */
const MOST = 8;

export interface Sample {
  readonly picture: Picture;
  readonly faces: readonly DetectedFace[];
}

export interface SampleFaces {
  /** Photographs of one man. */
  readonly same: Sample;
  /** Of women, each another. */
  readonly different: Sample;
}

let found: Promise<SampleFaces> | undefined;

/** Looked for once. @throws Failure where the package is not installed */
export function sampleFaces(): Promise<SampleFaces> {
  found ??= findFaces();
  return found;
}

async function findFaces(): Promise<SampleFaces> {
  if (!existsSync(GRID)) {
    throw new Failure(
      'A check needs the sample photographs of @vladmandic/human: run npm ci in a clone of the repository.',
    );
  }
  const inference = new Inference({ models: MODELS, threads: 2 });
  try {
    const look = async (top: number): Promise<Sample> => {
      const bytes = await sharp(GRID)
        .extract({ ...ROW, top })
        .extend({ bottom: BELOW, background: 'black' })
        .png()
        .toBuffer();
      const picture = await inference.read(bytes);
      return { picture, faces: (await inference.findFaces(picture)).slice(0, MOST) };
    };
    return { same: await look(ONE_MAN), different: await look(WOMEN) };
  } finally {
    await inference.close();
  }
}
