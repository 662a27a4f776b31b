/**
 * The inference layer: the native packages and the models, in the folders in which Lambda finds them
 * (`nodejs/node_modules` is on NODE_PATH, `models` is `/opt/models`).
 *
 * Made without Docker, once for each set of contents, and kept in `.cache/`. If this machine could run it,
 * it must have run one inference before it is used.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import manifest from '../../../models/manifest.json' with { type: 'json' };
import type { Architecture } from './packages.ts';
import { copyPackages, lockedPackages, packageParts } from './packages.ts';
import { smokeTest } from './smoke-test.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
/** What is read when it is needed; the code imports the rest, so it is part of the bundles. */
const MODELS = manifest.files.filter(({ file }) => file !== 'canonical-face.json');

/** A network that the owner added. */
export interface AddedFile {
  /** In the layer. */
  readonly name: string;
  readonly file: string;
  readonly sha256: string;
}

const CACHE = path.join(ROOT, '.cache/layers');

/** A model is not the one that the manifest describes. */
export class ModelChangedError extends Error {
  override readonly name = 'ModelChangedError';
}

/**
 * @returns the folder of the layer, built unless it is there
 * @throws ModelChangedError, or Error if npm or the smoke test fails
 */
export async function buildLayer(
  architecture: Architecture,
  added: readonly AddedFile[] = [],
): Promise<string> {
  const folder = path.join(CACHE, `${architecture}-${await contentKey(architecture, added)}`);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}`;
  try {
    await copyPackages(
      architecture,
      path.join(unfinished, 'nodejs/node_modules'),
      `${unfinished}.npm`,
    );
    await copyModels(path.join(unfinished, 'models'), added);
    if (process.platform === 'linux' && process.arch === architecture) await smokeTest(unfinished);
    await rename(unfinished, folder).catch((error: unknown) => {
      // Somebody else has built the same meanwhile.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/** Of everything that goes into the layer. */
async function contentKey(
  architecture: Architecture,
  added: readonly AddedFile[],
): Promise<string> {
  const contents = {
    packages: await lockedPackages(architecture),
    parts: packageParts(architecture),
    models: MODELS.map(({ file, sha256 }) => [file, sha256]),
    ...(added.length > 0 && { added: added.map(({ name, sha256 }) => [name, sha256]) }),
  };
  return createHash('sha256').update(JSON.stringify(contents)).digest('hex').slice(0, 16);
}

async function copyModels(target: string, added: readonly AddedFile[]): Promise<void> {
  await mkdir(target, { recursive: true });
  const own = MODELS.map(({ file: name, sha256 }) => ({
    name,
    file: path.join(ROOT, 'models', name),
    sha256,
  }));
  for (const { name, file: source, sha256 } of [...own, ...added]) {
    const digest = createHash('sha256')
      .update(await readFile(source))
      .digest('hex');
    if (digest !== sha256) {
      throw new ModelChangedError(
        `${source} has SHA-256 ${digest}, not ${sha256} as it was described.`,
      );
    }
    await copyFile(source, path.join(target, name));
  }
}
