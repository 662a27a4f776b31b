/**
 * The database of one file, or of none: the connection to it, opened when it is first needed and again after
 * a failure, and the statements that are prepared for it.
 */
import type { Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import type { Disk } from './disk.ts';
import type { StoreError } from './errors.ts';
import { PAGE_SIZE, RESERVED } from './page-sum.ts';
import { vfsOf } from './sqlite.ts';
import { Connection, type Statement } from './statement.ts';
import { storeErrorOf } from './store-errors.ts';
import type { InstalledVfs } from './vfs.ts';

/** Of pages in memory. */
const CACHE_KIB = 32 * 1024;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS entries (
  id INTEGER PRIMARY KEY, key BLOB NOT NULL, value BLOB NOT NULL, sum INTEGER NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS entries_by_key ON entries (key);`;

export interface Prepared {
  readonly get: Statement;
  readonly put: Statement;
  readonly del: Statement;
  readonly begin: Statement;
  readonly commit: Statement;
  /** Prepared when it is first needed. */
  other(sql: string): Statement;
}

export class Database {
  /** Undefined for one in memory. */
  readonly file: string | undefined;
  readonly #sqlite: Sqlite3Static;
  readonly #vfs: InstalledVfs;
  #open: { readonly connection: Connection; readonly prepared: Prepared } | undefined;

  constructor(sqlite: Sqlite3Static, file: string | undefined, disk: Disk) {
    this.#sqlite = sqlite;
    this.file = file;
    this.#vfs = vfsOf(sqlite, disk);
  }

  /** For people. */
  get name(): string {
    return this.file ?? 'The store in memory';
  }

  /**
   * Takes back what a commit that died left half done.
   * @throws StoreDamagedError, StoreFullError, StoreReadOnlyError
   */
  connect(create: boolean): void {
    const { capi } = this.#sqlite;
    const flags = capi.SQLITE_OPEN_READWRITE | (create ? capi.SQLITE_OPEN_CREATE : 0);
    let connection: Connection | undefined;
    try {
      connection = this.file
        ? Connection.open(this.#sqlite, this.file, flags, this.#vfs.name)
        : Connection.open(this.#sqlite, ':memory:', flags, 'memdb');
      this.#reserve(connection);
      connection.run(`PRAGMA page_size=${PAGE_SIZE}; PRAGMA secure_delete=ON;
        PRAGMA journal_mode=${this.file ? 'TRUNCATE' : 'MEMORY'}; PRAGMA synchronous=EXTRA;
        PRAGMA locking_mode=EXCLUSIVE; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-${CACHE_KIB};`);
      connection.run(SCHEMA);
      this.#open = { connection, prepared: prepare(connection) };
    } catch (error) {
      connection?.close();
      throw this.translate(error);
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

  /** Connects if need be. @throws as {@link connect} */
  get prepared(): Prepared {
    if (this.#open === undefined) this.connect(false);
    return this.#open!.prepared;
  }

  /** Ends a transaction that failed: whatever state the connection is in, the next one begins with what the file says. */
  abandon(): void {
    if (this.file === undefined) this.#open?.connection.run('ROLLBACK');
    else this.close();
  }

  /** Call when nothing is in progress. */
  close(): void {
    this.#open?.connection.close();
    this.#open = undefined;
  }

  translate(error: unknown): StoreError {
    return storeErrorOf(error, this.#vfs.takeFault(), this.#sqlite, this.name);
  }
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
