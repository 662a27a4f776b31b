/** What `npm pack` makes runs by itself: beside its dependencies, and beside nothing else of this repository. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { output } from './support/programs.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const INSTALLED = path.join(ROOT, 'node_modules');

let folder: string;
let program: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'recollect-package-'));
  const modules = path.join(folder, 'node_modules');
  await mkdir(modules);
  const packed = await output('npm', ['pack', '--json', '--pack-destination', folder], {}, ROOT);
  const archive = path.join(folder, JSON.parse(packed)[0].filename);
  await output('tar', ['-xzf', archive, '-C', folder]);
  await output('mv', [path.join(folder, 'package'), path.join(modules, 'recollect')]);
  for (const name of await packages()) {
    if (name in manifest.devDependencies) continue;
    await mkdir(path.dirname(path.join(modules, name)), { recursive: true });
    await symlink(path.join(INSTALLED, name), path.join(modules, name));
  }
  program = path.join(modules, 'recollect', manifest.bin.recollect);
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function packages(): Promise<string[]> {
  const names: string[] = [];
  for (const name of await readdir(INSTALLED)) {
    if (name.startsWith('.')) continue;
    if (!name.startsWith('@')) names.push(name);
    else for (const one of await readdir(path.join(INSTALLED, name))) names.push(`${name}/${one}`);
  }
  return names;
}

it('says what it is', async () => {
  expect(await output(process.execPath, [program, '--version'])).toBe(`${manifest.version}\n`);
});

it('serves, from an empty folder, without anything to build', { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, [program, 'start', '--port', '0', '--s3-port', '0'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
    const endpoint = /http:\/\/\S+/.exec(String(line))?.[0];
    const answer = await fetch(`${endpoint}/DetectFaces`, {
      method: 'POST',
      body: JSON.stringify({ Image: { Bytes: 'bm8gaW1hZ2U=' } }),
    });
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { __type: 'InvalidImageFormatException' },
    ]);
  } finally {
    const exited = once(child, 'exit');
    child.kill('SIGINT');
    expect((await exited)[0]).toBe(0);
  }
  expect(await readdir(folder)).toContain('.recollect');
});

it('does not pretend to deploy', async () => {
  await expect(output(process.execPath, [program, 'synth'])).rejects.toThrow(
    'Deploying needs a clone of the repository',
  );
});
