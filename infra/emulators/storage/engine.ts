/**
 * Ordered key-value storage in one SQLite file. Synchronous; `store.ts` runs it in a thread.
 *
 * - What `apply` has returned without an error is on the medium (fsync) and survives `kill -9` and a power
 *   cut. A commit that failed changed nothing. After a failed write nothing is acknowledged until the file
 *   has been closed, opened and rolled back to the last commit.
 * - What was deleted is overwritten with zeros in the same commit, and the rollback journal is cut to
 *   nothing (`secure_delete`, `journal_mode=TRUNCATE`).
 * - Every page has a checksum (page-sum.ts), and every value one of its own, over its key and itself.
 */
import { crc32 } from 'node:zlib';
import sqlite3InitModule, { type Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { type Disk, realDisk } from './disk.ts';
import {
  StoreDamagedError,
  StoreError,
  StoreFullError,
  StoreMissingError,
  StoreReadOnlyError,
} from './errors.ts';
import { isSealed, PAGE_SIZE, RESERVED } from './page-sum.ts';
import { Connection, SqliteError, type Statement } from './statement.ts';
import { type InstalledVfs, installVfs } from './vfs.ts';

export interface Write {
  readonly key: Uint8Array;
  /** Undefined deletes. */
  readonly value: Uint8Array | undefined;
}

/** Keys in the order of their bytes. A bound that is missing is open. */
export interface Bounds {
  readonly from?: Uint8Array | undefined;
  /** Whether `from` itself is left out. */
  readonly isFromExcluded?: boolean | undefined;
  readonly to?: Uint8Array | undefined;
  /** Whether `to` itself is taken in. */
  readonly isToIncluded?: boolean | undefined;
}

export interface PageRequest extends Bounds {
  readonly reverse?: boolean | undefined;
  /** The most entries. */
  readonly limit: number;
  /** A page ends with the entry that reaches it. */
  readonly bytes: number;
}

export interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Something that is not as it was written. */
export interface Problem {
  /** What it is, and where. */
  readonly text: string;
  /** The key of the entry that is damaged, if that can be told. */
  readonly key?: Uint8Array | undefined;
}

export interface EngineOptions {
  /** Without a file everything is in memory and ends with the engine. */
  readonly file: string | undefined;
  /** Whether a file that does not exist is made. */
  readonly create: boolean;
  readonly disk?: Disk;
}

/** Of pages in memory. */
const CACHE_KIB = 32 * 1024;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS entries (
  id INTEGER PRIMARY KEY, key BLOB NOT NULL, value BLOB NOT NULL, sum INTEGER NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS entries_by_key ON entries (key);`;

const LOWEST = new Uint8Array(0);

interface Prepared {
  readonly get: Statement;
  readonly put: Statement;
  readonly del: Statement;
  readonly begin: Statement;
  readonly commit: Statement;
  /** Prepared when it is first needed. */
  other(sql: string): Statement;
}

export class Engine {
  readonly #sqlite: Sqlite3Static;
  readonly #file: string | undefined;
  readonly #disk: Disk;
  readonly #vfs: InstalledVfs;
  #open: { readonly connection: Connection; readonly prepared: Prepared } | undefined;

  private constructor(sqlite: Sqlite3Static, { file, disk = realDisk }: EngineOptions) {
    this.#sqlite = sqlite;
    this.#file = file;
    this.#disk = disk;
    this.#vfs = vfsOf(sqlite, disk);
  }

  /**
   * Opens a file and takes back what a commit that died left half done.
   * @throws StoreMissingError, StoreDamagedError, StoreFullError, StoreReadOnlyError
   */
  static async open(options: EngineOptions): Promise<Engine> {
    const sqlite = await load();
    const engine = new Engine(sqlite, options);
    if (options.file !== undefined && !options.create && !engine.#disk.exists(options.file)) {
      throw new StoreMissingError(options.file);
    }
    engine.#connect(options.create);
    return engine;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#sound(({ get }) => {
      let found: Uint8Array | undefined;
      get.each([key], (columns) => {
        found = this.#verified(key, columns.bytes(0), columns.integer(1));
        return false;
      });
      return found;
    });
  }

  /** Some entries of a range, in order; fewer than the limit and the bytes allow mean that it ends there. */
  page({ limit, bytes, reverse = false, ...bounds }: PageRequest): Entry[] {
    return this.#sound((prepared) => {
      const { from = LOWEST, isFromExcluded = false, to, isToIncluded = false } = bounds;
      const order = reverse ? 'DESC' : 'ASC';
      const upper = to === undefined ? '' : `AND key ${isToIncluded ? '<=' : '<'} ?3`;
      const sql = `SELECT key, value, sum FROM entries WHERE key ${isFromExcluded ? '>' : '>='} ?1 ${upper} ORDER BY key ${order} LIMIT ?2`;
      const statement = prepared.other(sql);
      const entries: Entry[] = [];
      let size = 0;
      statement.each([from, limit, ...(to === undefined ? [] : [to])], (columns) => {
        const key = columns.bytes(0);
        const value = this.#verified(key, columns.bytes(1), columns.integer(2));
        entries.push({ key, value });
        size += key.length + value.length;
        return size < bytes;
      });
      return entries;
    });
  }

  /**
   * Applies each commit as a whole or not at all; all of them in one transaction if possible.
   * @returns for each commit, why it was not made, or undefined
   */
  apply(commits: readonly (readonly Write[])[]): (StoreError | undefined)[] {
    const failure = this.#transact(commits.flat());
    if (failure === undefined) return commits.map(() => undefined);
    // What needs little room, or gives some back, may still fit where all of it together did not.
    const isWorthwhile = failure instanceof StoreFullError && commits.length > 1;
    return commits.map((commit) => (isWorthwhile ? this.#transact(commit) : failure));
  }

  /**
   * Reads every page and every value.
   * @returns what is damaged, none if all is well
   */
  check(): Problem[] {
    const problems: Problem[] = [];
    try {
      this.#connected()
        .prepared.other('PRAGMA integrity_check')
        .each([], (columns) => {
          const text = Buffer.from(columns.bytes(0)).toString();
          if (text !== 'ok') problems.push({ text: `${this.#name}: ${text}` });
          return true;
        });
    } catch (error) {
      problems.push({ text: this.#translate(error).message });
    }
    problems.push(...this.#lostEntries());
    // A free page may hold anything: a power cut leaves there what a commit had begun to write.
    if (problems.length === 0 || this.#file === undefined) return problems;
    return [...this.#damagedPages(this.#file), ...problems];
  }

  /** Every entry that can still be read, in no particular order, page by page damaged or not. */
  *salvage(): Generator<Entry> {
    for (const id of this.#ids()) {
      const entry = this.#entry(id);
      if (entry !== undefined && !('text' in entry)) yield entry;
    }
  }

  /** Call when nothing is in progress. */
  close(): void {
    this.#open?.connection.close();
    this.#open = undefined;
  }

  get #name(): string {
    return this.#file ?? 'The store in memory';
  }

  #connect(create: boolean): void {
    const { capi } = this.#sqlite;
    const flags = capi.SQLITE_OPEN_READWRITE | (create ? capi.SQLITE_OPEN_CREATE : 0);
    let connection: Connection | undefined;
    try {
      connection = this.#file
        ? Connection.open(this.#sqlite, this.#file, flags, this.#vfs.name)
        : Connection.open(this.#sqlite, ':memory:', flags, 'memdb');
      this.#reserve(connection);
      connection.run(`PRAGMA page_size=${PAGE_SIZE}; PRAGMA secure_delete=ON;
        PRAGMA journal_mode=${this.#file ? 'TRUNCATE' : 'MEMORY'}; PRAGMA synchronous=EXTRA;
        PRAGMA locking_mode=EXCLUSIVE; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-${CACHE_KIB};`);
      connection.run(SCHEMA);
      this.#open = { connection, prepared: prepare(connection) };
    } catch (error) {
      connection?.close();
      throw this.#translate(error);
    }
  }

  /** Has SQLite leave the end of every page alone; only a new file can still be told so. */
  #reserve({ pointer }: Connection): void {
    const { capi, wasm } = this.#sqlite;
    const stack = wasm.pstack.pointer;
    const bytes = wasm.pstack.alloc(8);
    wasm.poke(bytes, RESERVED, 'i32');
    capi.sqlite3_file_control(pointer, 'main', capi.SQLITE_FCNTL_RESERVE_BYTES, bytes);
    wasm.pstack.restore(stack);
  }

  #connected() {
    if (this.#open === undefined) this.#connect(false);
    return this.#open!;
  }

  /** Reads through an open and sound connection. @throws StoreError */
  #sound<T>(read: (prepared: Prepared) => T): T {
    try {
      return read(this.#connected().prepared);
    } catch (error) {
      throw this.#translate(error);
    }
  }

  /** @returns why nothing was changed, or undefined */
  #transact(writes: readonly Write[]): StoreError | undefined {
    try {
      const { begin, commit, put, del } = this.#connected().prepared;
      begin.run();
      for (const { key, value } of writes) {
        if (value === undefined) del.run(key);
        else put.run(key, value, sumOf(key, value));
      }
      commit.run();
      return undefined;
    } catch (error) {
      const failure = this.#translate(error);
      // Whatever state the connection is in, the next one begins with what the file says.
      if (this.#file === undefined) this.#open?.connection.run('ROLLBACK');
      else this.close();
      return failure;
    }
  }

  #verified(key: Uint8Array, value: Uint8Array, sum: number): Uint8Array {
    if (sumOf(key, value) === sum) return value;
    throw new StoreDamagedError(
      this.#name,
      `the value of ${printable(key)} is not what was written`,
    );
  }

  #damagedPages(file: string): Problem[] {
    const problems: Problem[] = [];
    const descriptor = this.#disk.open(file, 'read', false);
    try {
      const size = this.#disk.size(descriptor);
      if (size % PAGE_SIZE !== 0) problems.push({ text: `${file}: the last page is cut off` });
      const page = new Uint8Array(PAGE_SIZE);
      for (let number = 1; number * PAGE_SIZE <= size; number++) {
        this.#disk.read(descriptor, page, (number - 1) * PAGE_SIZE);
        if (!isSealed(page, number)) {
          problems.push({ text: `${file}: page ${number} is not what was written` });
        }
      }
    } finally {
      this.#disk.close(descriptor);
    }
    return problems;
  }

  #lostEntries(): Problem[] {
    const problems: Problem[] = [];
    for (const id of this.#ids()) {
      const entry = this.#entry(id);
      if (entry !== undefined && 'text' in entry) problems.push(entry);
    }
    return problems;
  }

  /** The ids that an entry may have. The table and its index are asked: either may be damaged. */
  #ids(): Iterable<number> {
    const found = new Set<number>();
    for (const order of [
      'entries ORDER BY id',
      'entries ORDER BY id DESC',
      'entries INDEXED BY entries_by_key ORDER BY key',
      'entries INDEXED BY entries_by_key ORDER BY key DESC',
    ]) {
      try {
        this.#connected()
          .prepared.other(`SELECT id FROM ${order}`)
          .each([], (columns) => {
            found.add(columns.integer(0));
            return true;
          });
      } catch (error) {
        if (!(error instanceof SqliteError)) throw error;
      }
    }
    return found;
  }

  /** @returns undefined if there is none */
  #entry(id: number): Entry | Problem | undefined {
    let entry: Entry | undefined;
    try {
      this.#connected()
        .prepared.other('SELECT key, value, sum FROM entries WHERE id = ?1')
        .each([id], (columns) => {
          const key = columns.bytes(0);
          entry = { key, value: this.#verified(key, columns.bytes(1), columns.integer(2)) };
          return false;
        });
      return entry;
    } catch (error) {
      return { text: this.#translate(error).message, key: this.#keyOf(id) };
    }
  }

  #keyOf(id: number): Uint8Array | undefined {
    let key: Uint8Array | undefined;
    try {
      this.#connected()
        .prepared.other('SELECT key FROM entries INDEXED BY entries_by_key WHERE id = ?1')
        .each([id], (columns) => {
          key = columns.bytes(0);
          return false;
        });
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error;
    }
    return key;
  }

  #translate(error: unknown): StoreError {
    const fault = this.#vfs.takeFault();
    if (error instanceof StoreError) return error;
    const { capi } = this.#sqlite;
    const code = error instanceof SqliteError ? error.code : 0;
    const cause = fault?.cause ?? error;
    if (fault?.page !== undefined) {
      const what = fault.page === 0 ? 'its journal' : `page ${fault.page}`;
      return new StoreDamagedError(fault.path, `${what} is not what was written`, error);
    }
    switch (code & 0xff) {
      case capi.SQLITE_FULL:
        return new StoreFullError(fault?.path ?? this.#name, cause);
      case capi.SQLITE_READONLY:
        return new StoreReadOnlyError(fault?.path ?? this.#name, cause);
      case capi.SQLITE_CORRUPT:
      case capi.SQLITE_NOTADB:
        return new StoreDamagedError(this.#name, 'it is no sound database', cause);
      default:
        return new StoreError(`${this.#name} could not be used: ${reasonOf(cause)}`, { cause });
    }
  }
}

const installed = new Map<Disk, InstalledVfs>();

/** One for each disk: SQLite knows them by name, for as long as it lives. */
function vfsOf(sqlite: Sqlite3Static, disk: Disk): InstalledVfs {
  const known = installed.get(disk) ?? installVfs(sqlite, `recollect-${installed.size}`, disk);
  installed.set(disk, known);
  return known;
}

let loading: Promise<Sqlite3Static> | undefined;

/** One SQLite for all engines of a thread. */
function load(): Promise<Sqlite3Static> {
  // What SQLite would print is thrown as errors here.
  const quiet = { print: () => undefined, printErr: () => undefined };
  loading ??= (sqlite3InitModule as (options: object) => Promise<Sqlite3Static>)(quiet);
  return loading;
}

function prepare(connection: Connection): Prepared {
  const others = new Map<string, Statement>();
  return {
    get: connection.prepare('SELECT value, sum FROM entries WHERE key = ?1'),
    put: connection.prepare(
      'INSERT INTO entries (key, value, sum) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE SET value = excluded.value, sum = excluded.sum',
    ),
    del: connection.prepare('DELETE FROM entries WHERE key = ?1'),
    begin: connection.prepare('BEGIN IMMEDIATE'),
    commit: connection.prepare('COMMIT'),
    other(sql) {
      const statement = others.get(sql) ?? connection.prepare(sql);
      others.set(sql, statement);
      return statement;
    },
  };
}

function sumOf(key: Uint8Array, value: Uint8Array): number {
  return crc32(value, crc32(key));
}

/** A key for people: what is not a plain character is escaped. */
export function printable(key: Uint8Array): string {
  return JSON.stringify(Buffer.from(key).toString('utf8'));
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
