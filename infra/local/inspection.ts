/**
 * Whether the files of a data folder are what was written into them: every page and value of the stores, every
 * byte of every object, access keys, the log of outcomes. Looks, and changes nothing; `mend` makes damaged
 * stores anew from what can be read of them.
 */
import path from 'node:path';
import { FileKeyStore } from '../../layers/keys/index.ts';
import { inspectS3 } from '../emulators/s3/index.ts';
import { printable, repairStore, Store, StoreError } from '../emulators/storage/index.ts';
import { requireWhole, STORES } from './data-folder.ts';
import { damagedLines } from './outcome-log.ts';

export interface Inspection {
  /** Names of the stores that are damaged. */
  readonly damaged: readonly (keyof typeof STORES)[];
  /** What is wrong, a sentence each. */
  readonly problems: readonly string[];
}

type StoreName = keyof typeof STORES;

/** So many damaged entries of a store are named one by one. */
const NAMED = 20;

/** @throws StoreInUseError while the service runs, StoreMissingError for half a folder */
export async function inspect(data: string): Promise<Inspection> {
  await requireWhole(data);
  const damaged: StoreName[] = [];
  const problems: string[] = [];
  for (const name of Object.keys(STORES) as StoreName[]) {
    const found = await inspectStore(path.join(data, STORES[name]));
    if (found.length > 0) damaged.push(name);
    problems.push(...found);
  }
  if (!damaged.includes('metadata')) problems.push(...(await inspectS3(path.join(data, 's3'))));
  return {
    damaged,
    problems: [...problems, ...(await inspectKeys(data)), ...(await inspectOutcomes(data))],
  };
}

/** @returns what was done, a sentence each */
export async function mend(data: string, { damaged }: Inspection): Promise<string[]> {
  const done: string[] = [];
  for (const name of damaged) {
    const folder = path.join(data, STORES[name]);
    const { kept, problems } = await repairStore(folder);
    done.push(`${folder}: made anew from ${kept} entries that could be read.`);
    for (const { key } of problems) if (key) done.push(`  ${printable(key)} is lost.`);
  }
  return done;
}

async function inspectStore(folder: string): Promise<string[]> {
  let store: Store;
  try {
    store = await Store.open({ folder, mode: 'existing' });
  } catch (error) {
    if (error instanceof StoreError && error.name === 'StoreDamagedError') return [error.message];
    throw error;
  }
  try {
    const found = await store.check();
    const lines = found.map(({ text, key }) => (key ? `${text} (${printable(key)})` : text));
    const more = lines.length > NAMED ? [`... and ${lines.length - NAMED} more in ${folder}`] : [];
    return [...lines.slice(0, NAMED), ...more];
  } finally {
    await store.close();
  }
}

async function inspectKeys(data: string): Promise<string[]> {
  try {
    await new FileKeyStore(path.join(data, 'keys')).list();
    return [];
  } catch (error) {
    return [`${path.join(data, 'keys')}: ${error instanceof Error ? error.message : error}`];
  }
}

async function inspectOutcomes(data: string): Promise<string[]> {
  const files = ['outcomes.1.ndjson', 'outcomes.ndjson'].map((name) => path.join(data, name));
  const found = await Promise.all(
    files.map(async (file) =>
      (await damagedLines(file)).map((line) => `${file}: line ${line} is not what was written.`),
    ),
  );
  return found.flat();
}
