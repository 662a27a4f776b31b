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
import { Database, type Prepared } from './database.ts';
import { type Disk, realDisk } from './disk.ts';
import { type Entry, type PageRequest, type Problem, sumOf, type Write } from './entries.ts';
import { type StoreError, StoreFullError, StoreMissingError } from './errors.ts';
import { problemsOf, readable, verified } from './inspection.ts';
import { loadSqlite } from './sqlite.ts';

export interface EngineOptions {
  /** Without a file everything is in memory and ends with the engine. */
  readonly file: string | undefined;
  /** Whether a file that does not exist is made. */
  readonly create: boolean;
  readonly disk?: Disk;
}

const LOWEST = new Uint8Array(0);

export class Engine {
  readonly #database: Database;
  readonly #disk: Disk;

  private constructor(database: Database, disk: Disk) {
    this.#database = database;
    this.#disk = disk;
  }

  /**
   * Opens a file and takes back what a commit that died left half done.
   * @throws StoreMissingError, StoreDamagedError, StoreFullError, StoreReadOnlyError
   */
  static async open({ file, create, disk = realDisk }: EngineOptions): Promise<Engine> {
    const database = new Database(await loadSqlite(), file, disk);
    if (file !== undefined && !create && !disk.exists(file)) throw new StoreMissingError(file);
    database.connect(create);
    return new Engine(database, disk);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#read(({ get }) => {
      let found: Uint8Array | undefined;
      get.each([key], (columns) => {
        found = verified(this.#database, key, columns.bytes(0), columns.integer(1));
        return false;
      });
      return found;
    });
  }

  /** Some entries of a range, in order; fewer than the limit and the bytes allow mean that it ends there. */
  page({ limit, bytes, reverse = false, ...bounds }: PageRequest): Entry[] {
    return this.#read((prepared) => {
      const { from = LOWEST, isFromExcluded = false, to, isToIncluded = false } = bounds;
      const order = reverse ? 'DESC' : 'ASC';
      const upper = to === undefined ? '' : `AND key ${isToIncluded ? '<=' : '<'} ?3`;
      const sql = `SELECT key, value, sum FROM entries WHERE key ${isFromExcluded ? '>' : '>='} ?1 ${upper} ORDER BY key ${order} LIMIT ?2`;
      const statement = prepared.other(sql);
      const entries: Entry[] = [];
      let size = 0;
      statement.each([from, limit, ...(to === undefined ? [] : [to])], (columns) => {
        const key = columns.bytes(0);
        const value = verified(this.#database, key, columns.bytes(1), columns.integer(2));
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
    return problemsOf(this.#database, this.#disk);
  }

  /** Every entry that can still be read, in no particular order, page by page damaged or not. */
  salvage(): Generator<Entry> {
    return readable(this.#database);
  }

  /** Call when nothing is in progress. */
  close(): void {
    this.#database.close();
  }

  /** Reads through an open and sound connection. @throws StoreError */
  #read<T>(read: (prepared: Prepared) => T): T {
    try {
      return read(this.#database.prepared);
    } catch (error) {
      throw this.#database.translate(error);
    }
  }

  /** @returns why nothing was changed, or undefined */
  #transact(writes: readonly Write[]): StoreError | undefined {
    try {
      const { begin, commit, put, del } = this.#database.prepared;
      begin.run();
      for (const { key, value } of writes) {
        if (value === undefined) del.run(key);
        else put.run(key, value, sumOf(key, value));
      }
      commit.run();
      return undefined;
    } catch (error) {
      const failure = this.#database.translate(error);
      this.#database.abandon();
      return failure;
    }
  }
}
