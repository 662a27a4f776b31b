/** Reading entries of a database, each held against its checksum, and looking for what is damaged. */
import type { Database } from './database.ts';
import type { Disk } from './disk.ts';
import { type Entry, type Problem, printable, sumOf } from './entries.ts';
import { StoreDamagedError } from './errors.ts';
import { isSealed, PAGE_SIZE } from './page-sum.ts';
import { SqliteError } from './statement.ts';

/** @returns the value, if it is as it was written. @throws StoreDamagedError */
export function verified(
  { name }: Pick<Database, 'name'>,
  key: Uint8Array,
  value: Uint8Array,
  sum: number,
): Uint8Array {
  if (sumOf(key, value) === sum) return value;
  throw new StoreDamagedError(name, `the value of ${printable(key)} is not what was written`);
}

/**
 * Reads every page and every value.
 * @returns what is damaged, none if all is well
 */
export function problemsOf(database: Database, disk: Disk): Problem[] {
  const problems: Problem[] = [];
  try {
    database.prepared.other('PRAGMA integrity_check').each([], (columns) => {
      const text = Buffer.from(columns.bytes(0)).toString();
      if (text !== 'ok') problems.push({ text: `${database.name}: ${text}` });
      return true;
    });
  } catch (error) {
    problems.push({ text: database.translate(error).message });
  }
  problems.push(...lostEntries(database));
  // A free page may hold anything: a power cut leaves there what a commit had begun to write.
  if (problems.length === 0 || database.file === undefined) return problems;
  return [...damagedPages(database.file, disk), ...problems];
}

/** Every entry that can still be read, in no particular order, page by page damaged or not. */
export function* readable(database: Database): Generator<Entry> {
  for (const id of idsOf(database)) {
    const entry = entryOf(database, id);
    if (entry !== undefined && !('text' in entry)) yield entry;
  }
}

function damagedPages(file: string, disk: Disk): Problem[] {
  const problems: Problem[] = [];
  const descriptor = disk.open(file, 'read', false);
  try {
    const size = disk.size(descriptor);
    if (size % PAGE_SIZE !== 0) problems.push({ text: `${file}: the last page is cut off` });
    const page = new Uint8Array(PAGE_SIZE);
    for (let number = 1; number * PAGE_SIZE <= size; number++) {
      disk.read(descriptor, page, (number - 1) * PAGE_SIZE);
      if (!isSealed(page, number)) {
        problems.push({ text: `${file}: page ${number} is not what was written` });
      }
    }
  } finally {
    disk.close(descriptor);
  }
  return problems;
}

function lostEntries(database: Database): Problem[] {
  const problems: Problem[] = [];
  for (const id of idsOf(database)) {
    const entry = entryOf(database, id);
    if (entry !== undefined && 'text' in entry) problems.push(entry);
  }
  return problems;
}

/** The ids that an entry may have. The table and its index are asked: either may be damaged. */
function idsOf(database: Database): Iterable<number> {
  const found = new Set<number>();
  for (const order of [
    'entries ORDER BY id',
    'entries ORDER BY id DESC',
    'entries INDEXED BY entries_by_key ORDER BY key',
    'entries INDEXED BY entries_by_key ORDER BY key DESC',
  ]) {
    try {
      database.prepared.other(`SELECT id FROM ${order}`).each([], (columns) => {
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
function entryOf(database: Database, id: number): Entry | Problem | undefined {
  let entry: Entry | undefined;
  try {
    database.prepared
      .other('SELECT key, value, sum FROM entries WHERE id = ?1')
      .each([id], (columns) => {
        const key = columns.bytes(0);
        entry = { key, value: verified(database, key, columns.bytes(1), columns.integer(2)) };
        return false;
      });
    return entry;
  } catch (error) {
    return { text: database.translate(error).message, key: keyOf(database, id) };
  }
}

function keyOf(database: Database, id: number): Uint8Array | undefined {
  let key: Uint8Array | undefined;
  try {
    database.prepared
      .other('SELECT key FROM entries INDEXED BY entries_by_key WHERE id = ?1')
      .each([id], (columns) => {
        key = columns.bytes(0);
        return false;
      });
  } catch (error) {
    if (!(error instanceof SqliteError)) throw error;
  }
  return key;
}
