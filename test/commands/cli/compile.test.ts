/** The program is put together once, and again when it has changed, in a package that is made here. */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { output } from '../../support/programs.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const THREADS = [
  'infra/emulators/storage/worker.ts',
  'infra/local/inference-thread.ts',
  'infra/local/scan-worker.ts',
  'layers/video/thread.ts',
];

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'recollect-compile-'));
  const commands = path.join(root, 'infra/commands');
  await mkdir(commands, { recursive: true });
  await mkdir(path.join(root, 'functions'));
  for (const file of ['recollect.mjs', 'compile.mjs']) {
    await cp(path.join(ROOT, 'infra/commands', file), path.join(commands, file));
  }
  for (const file of THREADS) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), '');
  }
  await writeFile(path.join(root, 'package.json'), '{"type":"module"}');
  await symlink(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
  await say('first');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const say = (word: string) =>
  writeFile(
    path.join(root, 'infra/commands/main.ts'),
    `const word: string = '${word}';\nconsole.log(word, import.meta.dirname, process.argv[2]);\n`,
  );
const run = () => output(process.execPath, [path.join(root, 'infra/commands/recollect.mjs'), 'x']);
const said = (word: string) => `${word} ${path.join(root, 'infra/commands')} x\n`;
const kept = async () => readdir(path.join(root, '.cache/program'));

it('is put together once, and finds what lies beside its sources', async () => {
  expect(await run()).toBe(said('first'));
  const [folder] = await kept();
  expect(await run()).toBe(said('first'));
  expect(await kept()).toEqual([folder]);
  const files = await readdir(path.join(root, '.cache/program', folder!));
  expect(files).toContain('inference-thread.mjs');
});

it('is put together again when a source has changed', async () => {
  await run();
  await say('second');
  expect(await run()).toBe(said('second'));
});

it('is put together by two at once', async () => {
  expect(await Promise.all([run(), run(), run()])).toEqual(Array(3).fill(said('first')));
  expect(await kept()).toHaveLength(1);
});

it('runs from its sources where nothing can be kept', async () => {
  await writeFile(path.join(root, '.cache'), 'in the way');
  expect(await run()).toBe(said('first'));
});

it('says what does not compile', async () => {
  await writeFile(path.join(root, 'infra/commands/main.ts'), 'const word = ;');
  const program = path.join(root, 'infra/commands/recollect.mjs');
  const { status, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
  expect(status).not.toBe(0);
  expect(stderr).toContain('main.ts:1:13');
  expect(await kept()).toEqual([]);
});
