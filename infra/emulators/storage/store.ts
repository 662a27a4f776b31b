/**
 * A store of JSON values under ordered keys, as seen from the thread that answers requests.
 *
 * - A commit is atomic. It is acknowledged once it is on the medium: it outlives `kill -9` and a power cut.
 *   Commits that come in while one is being written share the next wait for the disk.
 * - After a write that failed, nothing is acknowledged until the file has been rolled back to the last
 *   commit. Once the disk has room again, the store goes on by itself.
 * - What is read is verified. What is deleted is overwritten in the same commit.
 * - One process at a time has a folder open. Without a folder everything is in memory.
 */
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Bounds, Problem, Write as RawWrite } from './entries.ts';
import { StoreError, StoreMissingError, StoreOutdatedError, storeError } from './errors.ts';
import { carryOver, hasLevelDb, removeLevelDb } from './from-leveldb.ts';
import { type FolderLock, lockFolder } from './lock.ts';
import type { Answers, Request } from './messages.ts';
import { StoreThread } from './thread.ts';

export type Write =
  | { readonly type: 'put'; readonly key: string; readonly value: unknown }
  | { readonly type: 'del'; readonly key: string };

/** Bounds in the order of the UTF-8 bytes of keys. */
export interface Range {
  readonly gt?: string | undefined;
  readonly gte?: string | Uint8Array | undefined;
  readonly lt?: string | Uint8Array | undefined;
  readonly lte?: string | undefined;
  readonly reverse?: boolean | undefined;
  /** At most so many entries; default, or -1: all. */
  readonly limit?: number | undefined;
}

export interface StoreOptions {
  /** Holds the file and its lock. Default: everything is in memory. */
  readonly folder?: string | undefined;
  /**
   * - `create`, the default: makes what is not there, and carries over what an earlier version left
   * - `existing`: opens what is there, and makes, carries over and deletes nothing
   */
  readonly mode?: 'create' | 'existing' | undefined;
  /** Told what was noticed and put right while opening. */
  readonly notice?: ((sentence: string) => void) | undefined;
}

/** The file in the folder of a store. */
export const STORE_FILE = 'store.sqlite';

/** How far one step of an iteration reads, in entries and in bytes. */
const PAGE = { limit: 256, bytes: 256 * 1024 };

export class Store {
  readonly #file: string | undefined;
  readonly #lock: FolderLock | undefined;
  #thread: Promise<StoreThread>;
  #isClosed = false;

  private constructor(file: string | undefined, lock: FolderLock | undefined, thread: StoreThread) {
    this.#file = file;
    this.#lock = lock;
    this.#thread = Promise.resolve(thread);
  }

  /**
   * @throws StoreInUseError, StoreMissingError, StoreOutdatedError, StoreDamagedError, StoreFullError,
   *   StoreReadOnlyError
   */
  static async open(options: StoreOptions = {}): Promise<Store> {
    const { folder, mode = 'create', notice = () => undefined } = options;
    if (folder === undefined) {
      const thread = await StoreThread.open({ file: undefined, create: true });
      return new Store(undefined, undefined, thread);
    }
    const file = path.join(folder, STORE_FILE);
    if (mode === 'create') await makeFolder(folder);
    else if (!(await isThere(folder))) throw new StoreMissingError(file);
    const lock = await lockedFolder(folder);
    try {
      if (await hasLevelDb(folder)) {
        if (mode === 'existing' && !(await isThere(file))) throw new StoreOutdatedError(folder);
        if (mode === 'create' && !(await isThere(file))) await carryOver(folder, file, notice);
        if (mode === 'create') await removeLevelDb(folder);
      }
      const thread = await StoreThread.open({ file, create: mode === 'create' });
      return new Store(file, lock, thread);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** The value at `key`, or undefined. */
  async get(key: string): Promise<unknown> {
    const [value] = await this.getMany([key]);
    return value;
  }

  /** The values at `keys`, all as of one moment. */
  async getMany(keys: readonly string[]): Promise<unknown[]> {
    if (keys.length === 0) return [];
    const values = await this.#ask({ kind: 'get', keys: keys.map(bytesOf) });
    return values.map((value) => (value === undefined ? undefined : decode(value)));
  }

  /** The entries of a range in order, in chunks; each chunk as of the moment it is read. */
  async *entries(range: Range): AsyncGenerator<(readonly [key: string, value: unknown])[]> {
    const { reverse = false, limit = -1 } = range;
    let bounds = boundsOf(range);
    let left = limit < 0 ? Number.POSITIVE_INFINITY : limit;
    while (left > 0) {
      const page = await this.#ask({
        kind: 'page',
        page: { ...bounds, ...PAGE, reverse, limit: Math.min(left, PAGE.limit) },
      });
      const last = page.at(-1);
      if (last === undefined) return;
      yield page.map(({ key, value }) => [Buffer.from(key).toString('utf8'), decode(value)]);
      left -= page.length;
      bounds = reverse
        ? { ...bounds, to: last.key, isToIncluded: false }
        : { ...bounds, from: last.key, isFromExcluded: true };
    }
  }

  /** The values of a range, as `entries` gives them. */
  async *values(range: Range): AsyncGenerator<unknown[]> {
    for await (const chunk of this.entries(range)) yield chunk.map(([, value]) => value);
  }

  /** Writes all or nothing; resolves when it is on the medium. @throws StoreFullError, ... */
  async commit(writes: readonly Write[]): Promise<void> {
    if (writes.length === 0) return;
    const raw = writes.map((write): RawWrite => {
      const key = bytesOf(write.key);
      return { key, value: write.type === 'put' ? encode(write.value) : undefined };
    });
    await this.#ask({ kind: 'commit', writes: raw });
  }

  /** Deletes every key in `range`. Not atomic: a crash may leave some of them. */
  async clear(range: Range): Promise<void> {
    await this.#ask({ kind: 'clear', bounds: boundsOf(range) });
  }

  /** Reads everything. @returns what is damaged */
  async check(): Promise<readonly Problem[]> {
    return this.#ask({ kind: 'check' });
  }

  /** Call when nothing is being read or committed any more. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const thread = await this.#thread.catch(() => undefined);
    await thread?.close();
    await this.#lock?.release();
  }

  async #ask<R extends Request>(request: R): Promise<Answers[R['kind']]> {
    if (this.#isClosed) throw new StoreError('The store is closed.');
    let thread = await this.#thread.catch(() => undefined);
    if (thread === undefined || thread.isDead) {
      // What is in memory ends with its thread; a file is opened again, and only as it is.
      if (this.#file === undefined) throw new StoreError('The store in memory has ended.');
      this.#thread = StoreThread.open({ file: this.#file, create: false });
      thread = await this.#thread;
    }
    return thread.ask(request);
  }
}

/** Every key that starts with `prefix`, which must end in '/'; '0' is the next character after it. */
export function keysUnder(prefix: `${string}/`): { gte: string; lt: string } {
  return { gte: prefix, lt: `${prefix.slice(0, -1)}0` };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw storeError(folder, cause);
  }
}

async function lockedFolder(folder: string): Promise<FolderLock> {
  try {
    return await lockFolder(folder);
  } catch (cause) {
    throw storeError(folder, cause);
  }
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

function boundsOf({ gt, gte, lt, lte }: Range): Bounds {
  const from = gt ?? gte;
  const to = lte ?? lt;
  return {
    from: from === undefined ? undefined : bytesOf(from),
    isFromExcluded: gt !== undefined,
    to: to === undefined ? undefined : bytesOf(to),
    isToIncluded: lte !== undefined,
  };
}

function bytesOf(key: string | Uint8Array): Uint8Array {
  return typeof key === 'string' ? new TextEncoder().encode(key) : key;
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function decode(value: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(value));
}
