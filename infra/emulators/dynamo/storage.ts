/**
 * Ordered key-value storage on LevelDB: JSON values, snapshot reads, atomic commits.
 *
 * A commit is acknowledged once LevelDB has forced it to disk (fsync), so it outlives `kill -9` and
 * a power cut. Commits that arrive while one is being written share the next fsync. Without a path
 * everything lives in memory and ends with the process.
 */
import { ClassicLevel } from 'classic-level';
import { MemoryLevel } from 'memory-level';
import { DatabaseLockedError } from './errors.ts';

export type Write = { type: 'put'; key: string; value: unknown } | { type: 'del'; key: string };

export interface Range {
  gt?: string;
  gte?: string;
  lt?: string;
  lte?: string;
  reverse?: boolean;
  /** At most so many values; -1 for all. */
  limit?: number;
}

interface Commit {
  writes: readonly Write[];
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** What ClassicLevel and MemoryLevel have in common, as far as it is used. */
interface Level {
  getSync(key: string): unknown;
  getMany(keys: string[]): Promise<unknown[]>;
  values(range: Range & { highWaterMarkBytes: number }): {
    nextv(size: number): Promise<unknown[]>;
    close(): Promise<void>;
  };
  clear(range: Range): Promise<void>;
  close(): Promise<void>;
}

/** How far one step of an iteration reads, in values and in bytes. */
const CHUNK = 256;
/** LevelDB's default of 16 KB would take many steps to a page of 1 MB. */
const CHUNK_BYTES = 256 * 1024;

export class Storage {
  readonly #level: Level;
  readonly #write: (writes: Write[]) => Promise<void>;
  #waiting: Commit[] = [];
  #writing = false;

  private constructor(level: Level, write: (writes: Write[]) => Promise<void>) {
    this.#level = level;
    this.#write = write;
  }

  /** @throws DatabaseLockedError if the folder is open elsewhere */
  static async open(path: string | undefined): Promise<Storage> {
    if (path === undefined) {
      const level = new MemoryLevel<string, unknown>({ valueEncoding: 'json' });
      await level.open();
      return new Storage(level, (writes) => level.batch(writes));
    }
    const level = new ClassicLevel<string, unknown>(path, { valueEncoding: 'json' });
    try {
      await level.open();
    } catch (error) {
      throw isLocked(error) ? new DatabaseLockedError(path, error) : error;
    }
    return new Storage(level, (writes) => level.batch(writes, { sync: true }));
  }

  /**
   * The value at `key`, or undefined. Synchronous on purpose: a read is a few microseconds out of
   * LevelDB's memory, and the thread pool it would otherwise queue for is shared with image work.
   */
  read(key: string): unknown {
    return this.#level.getSync(key);
  }

  /** The values at `keys`, all as of one moment. */
  readTogether(keys: string[]): Promise<unknown[]> {
    return this.#level.getMany(keys);
  }

  /** The values in `range` in key order, in chunks, all as of the moment of the call. */
  async *values(range: Range): AsyncGenerator<unknown[]> {
    const iterator = this.#level.values({ ...range, highWaterMarkBytes: CHUNK_BYTES });
    try {
      for (;;) {
        const chunk = await iterator.nextv(CHUNK);
        if (chunk.length === 0) return;
        yield chunk;
      }
    } finally {
      await iterator.close();
    }
  }

  /** Writes all or nothing; resolves when the writes are on disk. */
  commit(writes: readonly Write[]): Promise<void> {
    if (writes.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ writes, resolve, reject });
      if (!this.#writing) void this.#writeWaiting();
    });
  }

  /** Deletes every key in `range`. Not atomic: a crash may leave some of them. */
  clear(range: Range): Promise<void> {
    return this.#level.clear(range);
  }

  /** Call when nothing is being read or committed any more. */
  close(): Promise<void> {
    return this.#level.close();
  }

  async #writeWaiting(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(group.flatMap((commit) => commit.writes));
        for (const commit of group) commit.resolve();
      } catch (error) {
        for (const commit of group) commit.reject(error);
      }
    }
    this.#writing = false;
  }
}

/** Every key that starts with `prefix`, which must end in '/'; '0' is the next character after it. */
export function keysUnder(prefix: `${string}/`): { gte: string; lt: string } {
  return { gte: prefix, lt: `${prefix.slice(0, -1)}0` };
}

/** `range`, whose bounds are relative to `prefix`, as a range of storage keys. */
export function within(prefix: `${string}/`, range: Range): Range {
  const { gt, gte, lt, lte, ...rest } = range;
  const all = keysUnder(prefix);
  return {
    ...rest,
    ...(gt !== undefined
      ? { gt: prefix + gt }
      : { gte: gte === undefined ? all.gte : prefix + gte }),
    ...(lte !== undefined
      ? { lte: prefix + lte }
      : { lt: lt === undefined ? all.lt : prefix + lt }),
  };
}

function isLocked(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.cause instanceof Error &&
    'code' in error.cause &&
    error.cause.code === 'LEVEL_LOCKED'
  );
}
