/** Runs the inference code of the product out of a built layer, as a function would find it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { bundle } from './bundles.ts';

const run = promisify(execFile);

/**
 * Loads every model, decodes a picture and looks for faces in it, in a process that finds the native
 * packages nowhere but in the layer.
 * @throws Error with what the process printed, if anything fails
 */
export async function smokeTest(layer: string): Promise<void> {
  // Outside of the repository, whose node_modules it would find otherwise.
  const folder = await mkdtemp(path.join(tmpdir(), 'recollect-layer-'));
  try {
    const program = `import { checkInference } from './infra/aws/assets/inference-check.ts'; await checkInference(process.argv[2]);`;
    const bundles = await bundle(new Map([['InferenceCheck', program]]), path.join(folder, 'code'));
    const code = bundles.folder('InferenceCheck');
    await run(process.execPath, ['index.mjs', path.join(layer, 'models')], {
      cwd: code,
      env: { PATH: process.env['PATH'], NODE_PATH: path.join(layer, 'nodejs/node_modules') },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
