/** What SQLite and its file system say, as errors of the store. */
import type { Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { StoreDamagedError, StoreError, StoreFullError, StoreReadOnlyError } from './errors.ts';
import { SqliteError } from './statement.ts';
import type { InstalledVfs } from './vfs.ts';

/**
 * @param fault what the file system has noted of the call that failed, if anything
 * @param name of the store, for people
 */
export function storeErrorOf(
  error: unknown,
  fault: ReturnType<InstalledVfs['takeFault']>,
  { capi }: Pick<Sqlite3Static, 'capi'>,
  name: string,
): StoreError {
  if (error instanceof StoreError) return error;
  const code = error instanceof SqliteError ? error.code : 0;
  const cause = fault?.cause ?? error;
  if (fault?.page !== undefined) {
    const what = fault.page === 0 ? 'its journal' : `page ${fault.page}`;
    return new StoreDamagedError(fault.path, `${what} is not what was written`, error);
  }
  switch (code & 0xff) {
    case capi.SQLITE_FULL:
      return new StoreFullError(fault?.path ?? name, cause);
    case capi.SQLITE_READONLY:
      return new StoreReadOnlyError(fault?.path ?? name, cause);
    case capi.SQLITE_CORRUPT:
    case capi.SQLITE_NOTADB:
      return new StoreDamagedError(name, 'it is no sound database', cause);
    default:
      return new StoreError(`${name} could not be used: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
