/** SQLite itself, one for all databases of a thread, and the file systems that it has been given. */
import sqlite3InitModule, { type Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import type { Disk } from './disk.ts';
import { type InstalledVfs, installVfs } from './vfs.ts';

const installed = new Map<Disk, InstalledVfs>();

/** One for each disk: SQLite knows them by name, for as long as it lives. */
export function vfsOf(sqlite: Sqlite3Static, disk: Disk): InstalledVfs {
  const known = installed.get(disk) ?? installVfs(sqlite, `recollect-${installed.size}`, disk);
  installed.set(disk, known);
  return known;
}

let loading: Promise<Sqlite3Static> | undefined;

export function loadSqlite(): Promise<Sqlite3Static> {
  // What SQLite would print is thrown as errors here.
  const quiet = { print: () => undefined, printErr: () => undefined };
  loading ??= (sqlite3InitModule as (options: object) => Promise<Sqlite3Static>)(quiet);
  return loading;
}
