/**
 * Carrying over a database that an earlier version kept in LevelDB. Keys and values stay as they are.
 *
 * The new file is written under another name, read back and compared, and takes its place when all of it is
 * on the medium; only then do LevelDB's files go. A crash in between repeats it, or finds it done.
 */
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { ClassicLevel } from 'classic-level';
import { realDisk } from './disk.ts';
import { Engine } from './engine.ts';
import type { Write } from './entries.ts';
import { StoreDamagedError, StoreError, StoreInUseError } from './errors.ts';

const LEVELDB_FILE = /^(CURRENT|LOCK|LOG|LOG\.old|MANIFEST-\d+|\d+\.(log|ldb|sst|dbtmp))$/;

/** Entries of a transaction. */
const AT_ONCE = 500;

/** Whether the folder holds a LevelDB. */
export async function hasLevelDb(folder: string): Promise<boolean> {
  return (await readdir(folder)).some((name) => LEVELDB_FILE.test(name));
}

/**
 * @param file the new one
 * @param notice told what is done, and what LevelDB could not read any more
 */
export async function carryOver(
  folder: string,
  file: string,
  notice: (sentence: string) => void,
): Promise<void> {
  const unfinished = `${file}.new`;
  await rm(unfinished, { force: true });
  await rm(`${unfinished}-journal`, { force: true });
  const level = await open(folder);
  try {
    const engine = await Engine.open({ file: unfinished, create: true });
    let count = 0;
    try {
      for await (const writes of chunks(level)) {
        const [failure] = engine.apply([writes]);
        if (failure !== undefined) throw failure;
        count += writes.length;
      }
      for await (const writes of chunks(level)) {
        for (const { key, value } of writes) {
          if (Buffer.compare(engine.get(key) ?? Buffer.alloc(0), value) !== 0) {
            throw new StoreDamagedError(unfinished, 'it is not what was carried over');
          }
        }
      }
    } finally {
      engine.close();
    }
    notice(`${folder}: ${count} entries of an earlier version are carried over.`);
  } catch (error) {
    await rm(unfinished, { force: true });
    await rm(`${unfinished}-journal`, { force: true });
    throw error;
  } finally {
    await level.close();
  }
  for (const line of await dropped(folder)) {
    notice(`${folder}: the earlier version's database had lost something: ${line}`);
  }
  await rm(`${unfinished}-journal`, { force: true });
  await rename(unfinished, file);
  realDisk.syncFolder(folder);
}

/** Takes away the files of LevelDB, with whatever of deleted entries is in them. */
export async function removeLevelDb(folder: string): Promise<void> {
  const files = (await readdir(folder)).filter((name) => LEVELDB_FILE.test(name));
  // First the file without which the others are no database.
  files.sort((a, b) => Number(b === 'CURRENT') - Number(a === 'CURRENT'));
  for (const name of files) await rm(path.join(folder, name), { force: true });
}

type Level = ClassicLevel<Uint8Array, Uint8Array>;

async function open(folder: string): Promise<Level> {
  const encoding = { keyEncoding: 'view', valueEncoding: 'view' } as const;
  const level: Level = new ClassicLevel(folder, { ...encoding, createIfMissing: false });
  try {
    await level.open();
    return level;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'LEVEL_LOCKED') throw new StoreInUseError(folder, error);
    if (code === 'LEVEL_CORRUPTION') {
      throw new StoreDamagedError(folder, "the earlier version's database cannot be read", error);
    }
    const reason = cause instanceof Error ? cause.message : String(error);
    throw new StoreError(`${folder} could not be carried over: ${reason}`, { cause: error });
  }
}

async function* chunks(level: Level): AsyncGenerator<(Write & { readonly value: Uint8Array })[]> {
  const iterator = level.iterator({ fillCache: false });
  try {
    for (;;) {
      const entries = await iterator.nextv(AT_ONCE);
      if (entries.length === 0) return;
      yield entries.map(([key, value]) => ({ key, value }));
    }
  } finally {
    await iterator.close();
  }
}

/** What LevelDB says of bytes it has thrown away while it recovered. */
async function dropped(folder: string): Promise<string[]> {
  const text = await readFile(path.join(folder, 'LOG'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => /dropping|corruption/i.test(line));
}
