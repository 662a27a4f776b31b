/** The store as the emulators see it: one process at a time, and what an earlier version left. */
import { fork } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  keysUnder,
  STORE_FILE,
  Store,
  StoreError,
  StoreInUseError,
  StoreMissingError,
  StoreOutdatedError,
} from '../../../infra/emulators/storage/index.ts';
import { lockFolder } from '../../../infra/emulators/storage/lock.ts';

let folder: string;
const opened: Store[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'recollect-store-'));
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(options: Parameters<typeof Store.open>[0] = {}): Promise<Store> {
  const store = await Store.open({ folder, ...options });
  opened.push(store);
  return store;
}

const put = (key: string, value: unknown) => ({ type: 'put', key, value }) as const;

async function all(store: Store, range: Parameters<Store['entries']>[0]) {
  const found: unknown[] = [];
  for await (const chunk of store.entries(range)) found.push(...chunk);
  return found;
}

describe('a store', () => {
  it('gives back what was committed, in the order of the bytes of keys', async () => {
    let store = await open();
    const keys = ['a/\u{10000}', 'a/\uffff', 'a/b', 'a0', 'a', 'a/'];
    await store.commit(keys.map((key) => put(key, { key })));
    await store.close();
    store = await open();
    expect(await all(store, keysUnder('a/'))).toEqual(
      ['a/', 'a/b', 'a/\uffff', 'a/\u{10000}'].map((key) => [key, { key }]),
    );
    expect(await all(store, { gt: 'a/', reverse: true, limit: 2 })).toHaveLength(2);
    expect(await store.getMany(['a', 'none', 'a0'])).toEqual([
      { key: 'a' },
      undefined,
      { key: 'a0' },
    ]);
    await store.clear(keysUnder('a/'));
    expect(await all(store, {})).toEqual([
      ['a', { key: 'a' }],
      ['a0', { key: 'a0' }],
    ]);
  });

  it('reads ranges that are larger than a page, forwards and backwards', async () => {
    const store = await open();
    const keys = Array.from({ length: 1000 }, (_, i) => `k${String(i).padStart(4, '0')}`);
    await store.commit(keys.map((key) => put(key, 'x'.repeat(700))));
    expect((await all(store, {})).map((entry) => (entry as [string])[0])).toEqual(keys);
    const backwards = await all(store, { reverse: true, lte: 'k0998' });
    expect(backwards.map((entry) => (entry as [string])[0])).toEqual(keys.slice(0, 999).reverse());
  });

  it('says what is missing, and makes nothing where it should find something', async () => {
    const absent = path.join(folder, 'absent');
    await expect(Store.open({ folder: absent, mode: 'existing' })).rejects.toThrow(
      StoreMissingError,
    );
    await expect(readdir(absent)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(open({ mode: 'existing' })).rejects.toThrow(StoreMissingError);
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses what is asked after it was closed', async () => {
    const store = await open();
    await store.close();
    await expect(store.get('a')).rejects.toThrow(StoreError);
  });
});

describe('the lock of a folder', () => {
  it('is held by one, and left behind by one that was killed', async () => {
    const child = fork(new URL('./lock-child.ts', import.meta.url), [folder], {
      execArgv: ['--import', 'tsx'],
    });
    await new Promise((resolve) => child.once('message', resolve));
    await expect(lockFolder(folder)).rejects.toThrow(StoreInUseError);
    await expect(lockFolder(folder)).rejects.toThrow(folder);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(await readdir(folder)).toHaveLength(1);
    const lock = await lockFolder(folder);
    expect(await readdir(folder)).toHaveLength(1);
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is given to one of many that come at once', async () => {
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
    const locks = attempts.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(locks).toHaveLength(1);
    await locks[0]?.release();
  });

  it('is there for a folder whose path is longer than that of a socket may be', async () => {
    const deep = path.join(folder, 'd'.repeat(120));
    await mkdir(deep);
    const lock = await lockFolder(deep);
    await expect(lockFolder(deep)).rejects.toThrow(StoreInUseError);
    await lock.release();
  });
});

describe('what an earlier version left', () => {
  const entries = Array.from({ length: 1200 }, (_, i) => [
    `item/${i}`,
    { i, text: 'x'.repeat(500) },
  ]);

  beforeEach(async () => {
    const level = new ClassicLevel<string, unknown>(folder, { valueEncoding: 'json' });
    for (const [key, value] of entries) await level.put(String(key), value);
    await level.put('item/gone', 'SECRET');
    await level.del('item/gone');
    await level.close();
  });

  it('is carried over once, and its files are gone', async () => {
    const notices: string[] = [];
    let store = await open({ notice: (sentence) => notices.push(sentence) });
    expect(notices).toEqual([`${folder}: 1200 entries of an earlier version are carried over.`]);
    const expected = [...entries].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    expect(await all(store, {})).toEqual(expected);
    await store.close();
    expect((await readdir(folder)).filter((name) => !name.startsWith(STORE_FILE))).toEqual([]);
    expect((await readFile(path.join(folder, STORE_FILE))).includes('SECRET')).toBe(false);
    store = await open({ notice: (sentence) => notices.push(sentence) });
    expect(notices).toHaveLength(1);
    expect(await all(store, {})).toEqual(expected);
  });

  it('is carried over again if that was interrupted', async () => {
    await writeFile(path.join(folder, `${STORE_FILE}.new`), 'half of it');
    expect(await all(await open(), {})).toHaveLength(1200);
  });

  it('is left alone by who only looks', async () => {
    const before = (await readdir(folder)).sort();
    await expect(open({ mode: 'existing' })).rejects.toThrow(StoreOutdatedError);
    expect((await readdir(folder)).sort()).toEqual(before);
  });

  it('is not taken for empty where its first file is missing', async () => {
    await rm(path.join(folder, 'CURRENT'));
    const before = (await readdir(folder)).filter((name) => /^\d+\.(ldb|log)$/.test(name)).sort();
    await expect(open()).rejects.toThrow(`${folder} could not be carried over`);
    const after = (await readdir(folder)).filter((name) => /^\d+\.(ldb|log)$/.test(name)).sort();
    expect(after).toEqual(before);
  });
});
