/** What can go wrong with a store. Each message says in one sentence what it is and what to do next. */

/** Anything that the store could not do; nothing that was asked for has happened. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';
}

/** No room left on the disk, or in the quota. Once there is room, the store goes on by itself. */
export class StoreFullError extends StoreError {
  override readonly name = 'StoreFullError';

  constructor(file: string, cause: unknown) {
    super(`The disk is full: ${file} could not be written. Free some space; nothing is lost.`, {
      cause,
    });
  }
}

/** The file or its folder may not be written. */
export class StoreReadOnlyError extends StoreError {
  override readonly name = 'StoreReadOnlyError';

  constructor(file: string, cause: unknown) {
    super(`${file} may not be written: check the permissions of the file, its folder and disk.`, {
      cause,
    });
  }
}

/** What is in the file is not what was written into it. */
export class StoreDamagedError extends StoreError {
  override readonly name = 'StoreDamagedError';

  constructor(file: string, what: string, cause?: unknown) {
    super(
      `${file} is damaged: ${what}. Restore it from a backup, or have it verified and repaired.`,
      {
        cause,
      },
    );
  }
}

/** The file should be there and is not. */
export class StoreMissingError extends StoreError {
  override readonly name = 'StoreMissingError';

  constructor(file: string, cause?: unknown) {
    super(`${file} is missing. Restore it from a backup.`, { cause });
  }
}

/** The folder is open in another process, or another time in this one. */
export class StoreInUseError extends StoreError {
  override readonly name = 'StoreInUseError';
  readonly folder: string;

  constructor(folder: string, cause?: unknown) {
    super(
      `The data in ${folder} are already in use, most likely by another running program. ` +
        'Stop that one, or choose a folder of its own for this one.',
      { cause },
    );
    this.folder = folder;
  }
}

/** The folder holds what an earlier version wrote, and it was asked not to change anything. */
export class StoreOutdatedError extends StoreError {
  override readonly name = 'StoreOutdatedError';

  constructor(folder: string) {
    super(
      `The data in ${folder} were written by an earlier version: start the service once, which carries them over.`,
    );
  }
}

/** A failed call of the file system, as what it means for a store. */
export function storeError(file: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new StoreFullError(file, cause);
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return new StoreReadOnlyError(file, cause);
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StoreError(`${file} could not be used: ${reason}`, { cause });
}

const KINDS = [StoreFullError, StoreReadOnlyError, StoreDamagedError, StoreMissingError];

/** An error that was one of these in another thread. */
export function errorOfKind(name: string, message: string, cause: unknown): StoreError {
  const error = new StoreError(message, { cause });
  const kind = KINDS.find((one) => one.name === name);
  if (kind === undefined) return error;
  Object.setPrototypeOf(error, kind.prototype);
  return Object.defineProperty(error, 'name', { value: name });
}
