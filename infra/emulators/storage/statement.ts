/** Prepared statements with binary parameters and columns, as little as the store needs of SQLite. */
import type { Sqlite3Static, WasmPointer } from '@sqlite.org/sqlite-wasm';

/** A parameter or a column. */
export type Cell = Uint8Array | number;

/** SQLite refused a statement; `code` is its extended result code. */
export class SqliteError extends Error {
  override readonly name = 'SqliteError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The functions of SQLite that are called for each row: without the package's conversions. */
interface Exports {
  sqlite3_bind_blob(s: number, index: number, data: number, size: number, free: number): number;
  sqlite3_bind_int64(s: number, index: number, value: bigint): number;
  sqlite3_step(s: number): number;
  sqlite3_reset(s: number): number;
  sqlite3_finalize(s: number): number;
  sqlite3_column_blob(s: number, column: number): number;
  sqlite3_column_bytes(s: number, column: number): number;
  sqlite3_column_int64(s: number, column: number): bigint;
}

/** SQLite is told that what is bound stays where it is until the statement is reset. */
const STATIC = 0;

export class Connection {
  readonly sqlite: Sqlite3Static;
  readonly pointer: WasmPointer;
  readonly #statements = new Set<Statement>();

  private constructor(sqlite: Sqlite3Static, pointer: WasmPointer) {
    this.sqlite = sqlite;
    this.pointer = pointer;
  }

  /** @throws SqliteError */
  static open(sqlite: Sqlite3Static, file: string, flags: number, vfs: string): Connection {
    const { capi, wasm } = sqlite;
    const stack = wasm.pstack.pointer;
    try {
      const slot = wasm.pstack.alloc(8);
      const result = capi.sqlite3_open_v2(file, slot, flags, vfs);
      const pointer = wasm.peekPtr(slot);
      const connection = new Connection(sqlite, pointer);
      if (result !== capi.SQLITE_OK) {
        const error = connection.error(result);
        connection.close();
        throw error;
      }
      capi.sqlite3_extended_result_codes(pointer, 1);
      return connection;
    } finally {
      wasm.pstack.restore(stack);
    }
  }

  /** @throws SqliteError */
  run(sql: string): void {
    const result = this.sqlite.capi.sqlite3_exec(this.pointer, sql, 0, 0, 0);
    if (result !== this.sqlite.capi.SQLITE_OK) throw this.error(result);
  }

  /** @throws SqliteError */
  prepare(sql: string): Statement {
    const { capi, wasm } = this.sqlite;
    const stack = wasm.pstack.pointer;
    try {
      const slot = wasm.pstack.alloc(8);
      const flags = capi.SQLITE_PREPARE_PERSISTENT;
      const result = capi.sqlite3_prepare_v3(this.pointer, sql, -1, flags, slot, null);
      if (result !== capi.SQLITE_OK) throw this.error(result);
      const statement = new Statement(this, wasm.peekPtr(slot));
      this.#statements.add(statement);
      return statement;
    } finally {
      wasm.pstack.restore(stack);
    }
  }

  /** Gives up what is in progress; a transaction that was not committed is rolled back. */
  close(): void {
    for (const statement of this.#statements) statement.finalize();
    this.#statements.clear();
    this.sqlite.capi.sqlite3_close_v2(this.pointer);
  }

  error(fallback: number): SqliteError {
    const { capi } = this.sqlite;
    const code = capi.sqlite3_extended_errcode(this.pointer) || fallback;
    return new SqliteError(code, capi.sqlite3_errmsg(this.pointer) || `SQLite error ${code}`);
  }
}

export class Statement {
  readonly #connection: Connection;
  readonly #pointer: WasmPointer;
  readonly #exports: Exports;

  constructor(connection: Connection, pointer: WasmPointer) {
    this.#connection = connection;
    this.#pointer = pointer;
    this.#exports = connection.sqlite.wasm.exports as Exports;
  }

  /** Runs to the end and throws rows away. @throws SqliteError */
  run(...parameters: Cell[]): void {
    this.each(parameters, () => true);
  }

  /**
   * Hands over each row until `row` returns false.
   * @param row is given a reader of columns, which copies what it reads
   * @throws SqliteError
   */
  each(parameters: readonly Cell[], row: (columns: Columns) => boolean): void {
    const { capi, wasm } = this.#connection.sqlite;
    const memory = this.#bind(parameters);
    try {
      for (;;) {
        const result = this.#exports.sqlite3_step(this.#pointer);
        if (result === capi.SQLITE_DONE) return;
        if (result !== capi.SQLITE_ROW) throw this.#connection.error(result);
        if (!row(this.#columns)) return;
      }
    } finally {
      this.#exports.sqlite3_reset(this.#pointer);
      if (memory !== 0) wasm.dealloc(memory);
    }
  }

  finalize(): void {
    this.#exports.sqlite3_finalize(this.#pointer);
  }

  /** @returns the memory that holds the parameters, 0 for none */
  #bind(parameters: readonly Cell[]): WasmPointer {
    const { wasm } = this.#connection.sqlite;
    const size = parameters.reduce<number>(
      (sum, cell) => sum + (typeof cell === 'number' ? 0 : cell.length),
      0,
    );
    // A blob of no bytes needs an address too, or it would be NULL.
    const memory = wasm.alloc(size + 1);
    const heap = wasm.heap8u();
    let at = memory;
    for (const [i, cell] of parameters.entries()) {
      if (typeof cell === 'number') {
        this.#exports.sqlite3_bind_int64(this.#pointer, i + 1, BigInt(cell));
        continue;
      }
      heap.set(cell, at);
      this.#exports.sqlite3_bind_blob(this.#pointer, i + 1, at, cell.length, STATIC);
      at += cell.length;
    }
    return memory;
  }

  readonly #columns: Columns = {
    bytes: (column) => {
      const start = this.#exports.sqlite3_column_blob(this.#pointer, column);
      const length = this.#exports.sqlite3_column_bytes(this.#pointer, column);
      return this.#connection.sqlite.wasm.heap8u().slice(start, start + length);
    },
    integer: (column) => Number(this.#exports.sqlite3_column_int64(this.#pointer, column)),
  };
}

export interface Columns {
  bytes(column: number): Uint8Array;
  integer(column: number): number;
}
