/**
 * Photographs to examples: every block of features of the face nearest the middle, by the code that the
 * service runs. What was computed once is kept in `.cache/attributes`, under a name that changes with
 * the networks, with the code that makes features, and with the photograph.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import {
  BLOCK_LENGTHS,
  type BlockName,
  FaceBlocks,
} from '../../layers/inference/attributes/blocks.ts';
import { type View, viewOf } from '../../layers/inference/attributes/visibility.ts';
import { type DetectedFace, Inference, type Picture } from '../../layers/inference/index.ts';
import { Sessions } from '../../layers/inference/sessions.ts';
import { randomOf } from './random.ts';
import { makeVariant, type Variant } from './variants.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MODELS = path.join(ROOT, 'models');
const CACHE = path.join(ROOT, '.cache/attributes');

/** Cut faces without any margin are given one, in pixels, when nothing is found in them as they are. */
const MARGIN = 60;

const BLOCKS = Object.keys(BLOCK_LENGTHS) as BlockName[];

/** Everything known of one face. */
export interface Example {
  readonly blocks: Readonly<Record<BlockName, Float32Array>>;
  readonly view: View;
  /** The backbone's own answers. */
  readonly age: Float32Array;
  readonly male: number;
}

const VIEW_LENGTH = 3;
const AGES = 100;
const ROW = BLOCKS.reduce((sum, name) => sum + BLOCK_LENGTHS[name], 0) + VIEW_LENGTH + AGES + 1;

export class Examples {
  readonly #inference = new Inference({ models: MODELS, threads: 1 });
  readonly #sessions = new Sessions(MODELS, 1);
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<Examples> {
    const folder = path.join(CACHE, await versionKey());
    await mkdir(folder, { recursive: true });
    return new Examples(folder);
  }

  /** @returns undefined when no face is found in the photograph, changed or not. */
  async of(file: string, variant: Variant): Promise<Example | undefined> {
    const bytes = await readFile(file);
    const key = createHash('sha256').update(variant).update(bytes).digest('hex').slice(0, 24);
    const kept = path.join(this.#folder, key);
    if (!existsSync(kept)) {
      const row = (await this.#compute(bytes, variant, path.basename(file))) ?? new Float32Array(0);
      await writeFile(`${kept}.${process.pid}`, new Uint8Array(row.buffer));
      await rename(`${kept}.${process.pid}`, kept);
    }
    const content = await readFile(kept);
    return content.length === 0 ? undefined : exampleOf(floatsOf(content));
  }

  async close(): Promise<void> {
    await this.#inference.close();
    await this.#sessions.close();
  }

  async #compute(
    photograph: Uint8Array,
    variant: Variant,
    name: string,
  ): Promise<Float32Array<ArrayBuffer> | undefined> {
    const original = await this.#central(photograph);
    if (!original || variant === 'asIs') return original && this.#row(original);
    const { width, height } = original.picture;
    const bytes = await makeVariant(
      variant,
      { bytes: original.bytes, width, height, face: original.face },
      randomOf(`${variant} ${name}`),
    );
    const changed = await this.#central(bytes);
    return changed && this.#row(changed);
  }

  /** The face nearest the middle. */
  async #central(photograph: Uint8Array) {
    for (const margin of [0, MARGIN]) {
      const bytes = margin === 0 ? photograph : await extended(photograph, margin);
      const picture = await this.#inference.read(bytes).catch(() => undefined);
      const faces = picture ? await this.#inference.findFaces(picture) : [];
      const [face] = faces.toSorted((a, b) => offCentre(a) - offCentre(b));
      if (picture && face) return { bytes, picture, face };
    }
    return undefined;
  }

  async #row({ picture, face }: { picture: Picture; face: DetectedFace }) {
    const blocks = new FaceBlocks(picture.pixels, face, this.#sessions);
    const row = new Float32Array(ROW);
    let at = 0;
    const append = (values: ArrayLike<number>) => {
      row.set(values, at);
      at += values.length;
    };
    for (const name of BLOCKS) append(await blocks.block(name));
    const { eyes, yaw, sharpness } = viewOf(face, picture.pixels);
    append([eyes, yaw, sharpness]);
    const { age, male } = await blocks.backbone();
    append(age);
    append([male]);
    return row;
  }
}

function extended(bytes: Uint8Array, margin: number): Promise<Uint8Array> {
  const sides = { top: margin, bottom: margin, left: margin, right: margin };
  return sharp(bytes).extend(sides).png().toBuffer();
}

function offCentre({ box }: DetectedFace): number {
  return Math.hypot(box.left + box.width / 2 - 0.5, box.top + box.height / 2 - 0.5);
}

function exampleOf(row: Float32Array): Example {
  let at = 0;
  const take = (length: number) => {
    at += length;
    return row.subarray(at - length, at);
  };
  const entries = BLOCKS.map((name) => [name, take(BLOCK_LENGTHS[name])] as const);
  const [eyes = 0, yaw = 0, sharpness = 0] = take(VIEW_LENGTH);
  const age = take(AGES);
  return {
    blocks: Object.fromEntries(entries) as Record<BlockName, Float32Array>,
    view: { eyes, yaw, sharpness },
    age,
    male: row[at]!,
  };
}

function floatsOf(content: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(content).buffer);
}

/** The code that leads from a photograph to an example, in layers/inference and here. */
const CODE =
  /^(alignment|blocks|detector|eigen|examples|finder|landmarks|mesh|orientation|picture|pixels|pose|priors|quality|random|raster|refinement|shape|suppression|variants)\.ts$/;

/** Of the networks and of that code. */
async function versionKey(): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of [
    'models',
    'models/train',
    'layers/inference',
    'layers/inference/attributes',
  ]) {
    const files = await readdir(path.join(ROOT, folder));
    for (const file of files.sort()) {
      if (!file.endsWith('.onnx') && !CODE.test(file)) continue;
      hash.update(file).update(await readFile(path.join(ROOT, folder, file)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
