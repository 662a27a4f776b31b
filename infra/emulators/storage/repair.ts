/**
 * Making a damaged store anew from what can still be read of it. What cannot be read is lost, and named.
 * The new file takes the place of the old one when all of it is on the medium.
 */
import { open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { realDisk } from './disk.ts';
import { Engine } from './engine.ts';
import type { Problem, Write } from './entries.ts';
import { StoreDamagedError } from './errors.ts';
import { lockFolder } from './lock.ts';
import { PAGE_SIZE, seal } from './page-sum.ts';
import { STORE_FILE } from './store.ts';

export interface Repair {
  /** Entries that are kept. */
  readonly kept: number;
  /** What was damaged. */
  readonly problems: readonly Problem[];
}

/** Entries of a transaction. */
const AT_ONCE = 500;

/** @throws StoreInUseError, StoreMissingError, StoreDamagedError if nothing of it can be read */
export async function repairStore(folder: string): Promise<Repair> {
  const file = path.join(folder, STORE_FILE);
  const lock = await lockFolder(folder);
  try {
    const unfinished = `${file}.new`;
    await rm(unfinished, { force: true });
    let kept = 0;
    const whole = await Engine.open({ file: unfinished, create: true });
    const firstPage = await withoutFirstPage(file, unfinished);
    const damaged = await Engine.open({ file, create: false });
    const problems = [...firstPage, ...damaged.check()];
    if (problems.length === 0) {
      damaged.close();
      whole.close();
      await rm(unfinished, { force: true });
      await rm(`${unfinished}-journal`, { force: true });
      return { kept, problems };
    }
    try {
      let writes: Write[] = [];
      const flush = () => {
        const [failure] = whole.apply([writes]);
        if (failure !== undefined) throw failure;
        kept += writes.length;
        writes = [];
      };
      for (const entry of damaged.salvage()) {
        writes.push(entry);
        if (writes.length === AT_ONCE) flush();
      }
      flush();
    } finally {
      damaged.close();
      whole.close();
    }
    await rm(`${unfinished}-journal`, { force: true });
    await rm(`${file}-journal`, { force: true });
    await rename(unfinished, file);
    realDisk.syncFolder(folder);
    return { kept, problems };
  } finally {
    await lock.release();
  }
}

/** Where SQLite's header has the number of pages, and those that are free (two numbers). */
const PAGE_COUNT = 28;
const FREE_PAGES = 32;

/**
 * The first page says where everything else begins, which is the same in all stores: if it cannot be read,
 * that of a new store takes its place.
 * @returns what was damaged
 */
async function withoutFirstPage(file: string, unfinished: string): Promise<Problem[]> {
  try {
    (await Engine.open({ file, create: false })).close();
    return [];
  } catch (error) {
    if (!(error instanceof StoreDamagedError)) throw error;
    const page = (await readFile(unfinished)).subarray(0, PAGE_SIZE);
    const handle = await open(file, 'r+');
    try {
      const { size } = await handle.stat();
      page.writeUInt32BE(Math.floor(size / PAGE_SIZE), PAGE_COUNT);
      page.writeUInt32BE(0, FREE_PAGES);
      page.writeUInt32BE(0, FREE_PAGES + 4);
      seal(page, 1);
      await handle.write(page, 0, PAGE_SIZE, 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return [{ text: error.message }];
  }
}
