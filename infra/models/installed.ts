/**
 * The face models that the owner of a data folder added: `models/<version>/` holds `model.onnx` and
 * `face-model.json`, `models/default` names the one that new collections get. A model appears by the renaming of a
 * folder that is complete, so there is never half of one.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  BUILT_IN_ENTRIES,
  calibratedMap,
  DEFAULT_FACE_MODEL,
  type FaceModelEntry,
  FaceModels,
  type ModelLoader,
  VERSION_PATTERN,
} from '../../layers/inference/index.ts';
import { Failure } from '../commands/cli/failures.ts';
import type { Licence } from './recipe.ts';

/** A face model as it lies in its folder; `embedder.file` is relative to that. */
export interface InstalledModel extends FaceModelEntry {
  readonly licence: Licence;
  /** Where it came from: an address, or the name of a file. */
  readonly origin: string;
  /** Milliseconds of a face, by the check when it was added. */
  readonly millisecondsPerFace?: number;
}

/** What is installed is not what it should be. */
export class InstalledModelError extends Failure {
  override readonly name = 'InstalledModelError';
}

const ENTRY = 'face-model.json';
export const NETWORK = 'model.onnx';

/** @param data the data folder */
export function modelsFolder(data: string): string {
  return path.join(data, 'models');
}

/** @returns the models in the order of their versions. @throws InstalledModelError */
export async function readInstalled(data: string): Promise<InstalledModel[]> {
  const folder = modelsFolder(data);
  const names = await readdir(folder).catch(absent<string[]>([]));
  const models: InstalledModel[] = [];
  for (const name of names.sort()) {
    if (!VERSION_PATTERN.test(name) || name === 'default') continue;
    models.push(await readOne(path.join(folder, name), name));
  }
  return models;
}

async function readOne(folder: string, version: string): Promise<InstalledModel> {
  try {
    const model = JSON.parse(await readFile(path.join(folder, ENTRY), 'utf8')) as InstalledModel;
    if (model.version !== version || !model.embedder?.convention) throw new TypeError('no entry');
    if (model.calibration) calibratedMap(model.calibration);
    return model;
  } catch (cause) {
    throw new InstalledModelError(
      `The face model in ${folder} is damaged: ${ENTRY} cannot be understood. Remove the folder, and add the model again.`,
      { cause },
    );
  }
}

/** What a service on this data folder may use. @throws InstalledModelError, FaceModelMissingError */
export async function openFaceModels(data: string): Promise<FaceModels> {
  const installed = await readInstalled(data);
  const entries = installed.map((model) => ({
    ...model,
    embedder: {
      ...model.embedder,
      file: path.resolve(modelsFolder(data), model.version, model.embedder.file),
    },
  }));
  return new FaceModels([...BUILT_IN_ENTRIES, ...entries], await readDefault(data));
}

/** Finds networks outside the models folder of Recollect, and checks that they are what was added. */
export function installedLoader(faceModels: FaceModels): ModelLoader {
  return async (file) => {
    if (!path.isAbsolute(file)) return undefined;
    const entry = faceModels.entries.find(({ embedder }) => embedder.file === file);
    const digest = await sha256Of(file);
    if (digest !== entry?.embedder.sha256) {
      throw new InstalledModelError(
        `${file} is not the network that was added as ${entry?.version}: its SHA-256 is ${digest}. Remove the face model, and add it again.`,
      );
    }
    return file;
  };
}

export async function readDefault(data: string): Promise<string> {
  const text = await readFile(path.join(modelsFolder(data), 'default'), 'utf8').catch(absent(''));
  return text.trim() || DEFAULT_FACE_MODEL;
}

export async function writeDefault(data: string, version: string): Promise<void> {
  await mkdir(modelsFolder(data), { recursive: true });
  await writeWhole(path.join(modelsFolder(data), 'default'), `${version}\n`);
}

/** Makes a model of a network that is complete; takes the file away from where it is. */
export async function install(data: string, model: InstalledModel, network: string): Promise<void> {
  const folder = modelsFolder(data);
  const unfinished = path.join(folder, `.adding-${process.pid}`);
  try {
    await mkdir(unfinished, { recursive: true });
    await writeFile(path.join(unfinished, ENTRY), serialised(model));
    await rename(network, path.join(unfinished, NETWORK));
    await rename(unfinished, path.join(folder, model.version));
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

export async function rewrite(data: string, model: InstalledModel): Promise<void> {
  await writeWhole(path.join(modelsFolder(data), model.version, ENTRY), serialised(model));
}

/** Renamed first: a model is there whole or not at all. */
export async function uninstall(data: string, version: string): Promise<void> {
  const gone = path.join(modelsFolder(data), `.removing-${process.pid}`);
  await rename(path.join(modelsFolder(data), version), gone);
  await rm(gone, { recursive: true, force: true });
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function writeWhole(file: string, text: string): Promise<void> {
  const unfinished = `${file}.${process.pid}`;
  try {
    await writeFile(unfinished, text);
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
}

function serialised(model: InstalledModel): string {
  return `${JSON.stringify(model, null, 2)}\n`;
}

function absent<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return value;
    throw error;
  };
}
