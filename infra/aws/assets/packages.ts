/**
 * The packages of the layer, for one processor: which files of them run, and where they come from.
 *
 * All but two are in `node_modules` already, since onnxruntime-node brings its binaries for every platform.
 * The two of sharp that belong to Linux on the wanted processor may not be; npm fetches them, in the
 * version and with the checksum that `package-lock.json` records.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

export type Architecture = 'arm64' | 'x64';

const run = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, '../../..');

/** By package, the files and folders of it that run; `.` for all. */
export function packageParts(architecture: Architecture): Readonly<Record<string, string[]>> {
  return {
    'onnxruntime-node': ['package.json', 'dist', `bin/napi-v6/linux/${architecture}`],
    'onnxruntime-common': ['package.json', 'dist/cjs'],
    sharp: ['package.json', 'lib', 'dist'],
    '@img/colour': ['.'],
    'detect-libc': ['.'],
    semver: ['.'],
    ...Object.fromEntries(sharpBinaries(architecture).map((name) => [name, ['.']])),
  };
}

/** What no program reads: types, source maps, headers, texts. */
const UNUSED = /(\.d\.[cm]?ts|\.ts|\.map|\.md|\/include)$/;

function sharpBinaries(architecture: Architecture): string[] {
  return [`@img/sharp-linux-${architecture}`, `@img/sharp-libvips-linux-${architecture}`];
}

/** A package as `package-lock.json` has it. */
interface LockedPackage {
  readonly version: string;
  readonly integrity: string;
}

/** @throws Error if the lock does not have one of the packages */
export async function lockedPackages(
  architecture: Architecture,
): Promise<Record<string, LockedPackage>> {
  const lock: { packages: Record<string, LockedPackage | undefined> } = JSON.parse(
    await readFile(path.join(ROOT, 'package-lock.json'), 'utf8'),
  );
  return Object.fromEntries(
    Object.keys(packageParts(architecture)).map((name) => {
      const locked = lock.packages[`node_modules/${name}`];
      if (locked === undefined) throw new Error(`package-lock.json does not have ${name}.`);
      return [name, locked];
    }),
  );
}

/**
 * Copies what runs of the packages.
 * @param target a `node_modules` folder
 * @param staging a folder for npm to work in, removed afterwards
 * @throws Error if npm fails, or a package is not where it should be
 */
export async function copyPackages(
  architecture: Architecture,
  target: string,
  staging: string,
): Promise<void> {
  const installed = path.join(ROOT, 'node_modules');
  const missing = sharpBinaries(architecture).filter((name) => !existsSync(`${installed}/${name}`));
  try {
    if (missing.length > 0) await fetchPackages(missing, architecture, staging);
    for (const [name, parts] of Object.entries(packageParts(architecture))) {
      const source = missing.includes(name) ? path.join(staging, 'node_modules') : installed;
      for (const part of parts) {
        await cp(path.join(source, name, part), path.join(target, name, part), {
          recursive: true,
          filter: (file) => !UNUSED.test(file),
        });
      }
    }
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Has npm install the named packages, which must be in the lock, into the folder. */
async function fetchPackages(
  names: readonly string[],
  architecture: Architecture,
  folder: string,
): Promise<void> {
  const locked = await lockedPackages(architecture);
  const chosen = names.map((name) => [name, locked[name]] as const);
  const dependencies = Object.fromEntries(chosen.map(([name, of]) => [name, of?.version]));
  const root = { name: 'layer', version: '1.0.0', private: true, dependencies };
  const packages = Object.fromEntries(
    chosen.map(([name, of]) => [
      `node_modules/${name}`,
      { version: of?.version, integrity: of?.integrity },
    ]),
  );
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(root));
  await writeFile(
    path.join(folder, 'package-lock.json'),
    JSON.stringify({ ...root, lockfileVersion: 3, packages: { '': root, ...packages } }),
  );
  const platform = ['--os=linux', `--cpu=${architecture}`, '--libc=glibc'];
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', ...platform], {
    cwd: folder,
  });
}
