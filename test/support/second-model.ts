/**
 * Another face model in a data folder, for tests that need one: the built-in network in a file of another convention,
 * turned by an isometry into more dimensions. Its vectors cannot be compared with those of the built-in one; its
 * similarities are the same, so it has the same calibration.
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { modelsFolder, NETWORK, rewrite } from '../../infra/models/installed.ts';
import { BUILT_IN_ENTRIES, USUAL_CONVENTION } from '../../layers/inference/index.ts';
import { wrapped } from './wrapped-network.ts';

export const SECOND = 'two';
const DIMENSION = 256;

export async function installSecondModel(data: string): Promise<void> {
  const network = await wrapped({ bgr: true, dimension: DIMENSION });
  const folder = path.join(modelsFolder(data), SECOND);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, NETWORK), network);
  await rewrite(data, {
    version: SECOND,
    dimension: DIMENSION,
    embedder: {
      file: NETWORK,
      bytes: network.length,
      sha256: createHash('sha256').update(network).digest('hex'),
      convention: {
        ...USUAL_CONVENTION,
        scale: 128,
        channels: 'BGR',
        input: 'data',
        output: 'vector',
      },
    },
    calibration: BUILT_IN_ENTRIES[0]!.calibration,
    licence: { name: 'MIT', commercial: true },
    origin: 'a test',
  });
}
