/** What is said of a data folder that cannot be one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { StoreError } from '../../infra/emulators/storage/index.ts';
import { prepareDataFolder } from '../../infra/local/data-folder.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'recollect-folder-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('that is a file is named, with what to do', async () => {
  const file = path.join(folder, 'file');
  await writeFile(file, '');
  const refused = await prepareDataFolder(file).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(StoreError);
  expect(String(refused)).toContain(`${file} is a file; the data need a folder.`);
});
