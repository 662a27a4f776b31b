/**
 * Photographs of people as they come, without labels: each with its faces read as a photographer holds the
 * camera, upright. What a head is to learn is then done to them, so its labels cost nothing.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AS_IT_IS, Detector, isFace } from '../../layers/inference/detector.ts';
import { Inference, type Picture } from '../../layers/inference/index.ts';
import {
  lookAt,
  type Mesh,
  type Region,
  regionOfBox,
  regionOfMesh,
} from '../../layers/inference/mesh.ts';
import { rollOfMesh } from '../../layers/inference/reading.ts';
import { Sessions } from '../../layers/inference/sessions.ts';
import { personIn } from './labels.ts';

export const MODELS = fileURLToPath(new URL('..', import.meta.url));

/** A face in a picture, in pixels. */
export interface UprightFace {
  readonly box: { left: number; top: number; width: number; height: number };
  readonly mesh: Mesh;
  /** Radians, clockwise. */
  readonly roll: number;
}

export interface Photograph {
  readonly file: string;
  readonly person: string;
  readonly picture: Picture;
  readonly faces: readonly UprightFace[];
}

/** The folders of a data folder that hold photographs of people, and how many faces count in each. */
const FOLDERS = [
  { name: 'lfw-dev/images', faces: 1 },
  { name: 'portraits-dev/images', faces: 1 },
  { name: 'detection-dev/images', faces: 12 },
] as const;

/** Sure, well seen, and no more tilted than people are: then the mesh alone is right about the roll. */
const SURE = { score: 0.95, presence: 0.9, roll: Math.PI / 5 } as const;

/**
 * The photographs of a data folder, in order, and how many faces count in each.
 * @throws Error when there are none
 */
export async function photographFiles(data: string): Promise<{ file: string; faces: number }[]> {
  const found: { file: string; faces: number }[] = [];
  for (const { name, faces } of FOLDERS) {
    const folder = path.join(data, name);
    if (!existsSync(folder)) continue;
    for (const file of (await readdir(folder)).sort()) {
      found.push({ file: path.join(folder, file), faces });
    }
  }
  if (found.length === 0) throw new Error(`${data} holds none of the folders of photographs`);
  return found;
}

/** Reads photographs by what the service runs, without the heads that are to be fitted. */
export class Reader {
  readonly sessions = new Sessions(MODELS, 1);
  readonly #inference = new Inference({ models: MODELS, threads: 1 });

  async read(file: string, most: number): Promise<Photograph> {
    const picture = await this.#inference.read(await readFile(file));
    const { pixels } = picture;
    const faces: UprightFace[] = [];
    const detections = await new Detector(pixels, this.sessions).look(AS_IT_IS);
    const offCentre = ({ box }: (typeof detections)[number]) =>
      Math.hypot(box.left + box.width / 2 - 0.5, box.top + box.height / 2 - 0.5);
    for (const { box, score } of detections
      .filter(isFace)
      .toSorted((a, b) => offCentre(a) - offCentre(b))
      .slice(0, most)) {
      if (score < SURE.score) continue;
      const inPixels = {
        left: box.left * pixels.width,
        top: box.top * pixels.height,
        width: box.width * pixels.width,
        height: box.height * pixels.height,
      };
      const mesh = await this.refined(picture, inPixels, 0);
      const roll = rollOfMesh(mesh);
      if (mesh.presence < SURE.presence || Math.abs(roll) > SURE.roll) continue;
      faces.push({ box: inPixels, mesh, roll });
    }
    return { file: path.basename(file), person: personIn(path.basename(file)), picture, faces };
  }

  /** The mesh of a face whose roll is known to some 30 degrees. */
  async refined({ pixels }: Pick<Picture, 'pixels'>, box: UprightFace['box'], roll: number) {
    const look = async (region: Region) => {
      const [seen] = await lookAt(pixels, [{ region, gain: 1 }], this.sessions);
      return seen!;
    };
    return look(regionOfMesh(await look(regionOfBox(box, roll))));
  }

  async close(): Promise<void> {
    await this.sessions.close();
    await this.#inference.close();
  }
}
