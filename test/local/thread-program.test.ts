import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { threadProgram } from '../../infra/local/thread-program.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'recollect-thread-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function entry(name: string, source: string): Promise<URL> {
  const file = path.join(folder, name);
  await writeFile(file, source);
  return pathToFileURL(file);
}

it('runs TypeScript in a thread, whose errors name it and not its text', async () => {
  const program = await threadProgram(
    await entry(
      'worker.ts',
      'function fails(what: string): never { throw new Error(what); }\nfails("so");',
    ),
  );
  const worker = new Worker(program, { execArgv: [] });
  const error = await new Promise<Error>((resolve) => worker.once('error', resolve));
  expect(error.message).toBe('so');
  expect(error.stack).toMatch(/at fails \(recollect\/worker\.js:\d+:\d+\)/);
});

it('is made once, and again after it could not be made', async () => {
  const broken = await entry('broken.ts', 'const = 1');
  await expect(threadProgram(broken)).rejects.toThrow('broken.ts:1');
  await entry('broken.ts', 'const one = 1');
  const made = threadProgram(broken);
  expect(threadProgram(broken)).toBe(made);
  expect((await made).protocol).toBe('data:');
});

it('takes what is compiled as it is', async () => {
  const compiled = new URL('file:///somewhere/scan-worker.mjs');
  expect(await threadProgram(compiled)).toBe(compiled);
});
