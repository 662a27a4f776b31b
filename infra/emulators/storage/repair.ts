/**
 * Making a damaged store anew from what can still be read of it. What cannot be read is lost, and named.
 * The new file takes the place of the old one when all of it is on the medium.
 */
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { realDisk } from './disk.ts';
import { Engine, type Problem, type Write } from './engine.ts';
import { lockFolder } from './lock.ts';
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
    const damaged = await Engine.open({ file, create: false });
    let kept = 0;
    const problems = damaged.check();
    if (problems.length === 0) {
      damaged.close();
      return { kept, problems };
    }
    const whole = await Engine.open({ file: unfinished, create: true });
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
