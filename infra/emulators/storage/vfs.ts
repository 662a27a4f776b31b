/**
 * SQLite's files, by way of a {@link Disk}: what its VFS does on a Unix, with two differences.
 *
 * - Every page is sealed with a checksum when it is written and verified when it is read, in the database
 *   and in the rollback journal. A page that is not what was written is an error, never an answer.
 * - There are no locks: whoever opens a database holds the lock of its folder (lock.ts).
 *
 * https://www.sqlite.org/c3ref/io_methods.html, https://www.sqlite.org/cksumvfs.html
 */
import { randomFillSync } from 'node:crypto';
import type { Sqlite3Static, WasmPointer } from '@sqlite.org/sqlite-wasm';
import { type Disk, folderOf } from './disk.ts';
import { isSealed, PAGE_SIZE, seal } from './page-sum.ts';

interface OpenFile {
  readonly path: string;
  readonly descriptor: number;
  readonly isDatabase: boolean;
  /** Whether its entry in the folder has to be put on the medium too. */
  isNew: boolean;
}

type SqliteIoMethods = InstanceType<Sqlite3Static['capi']['sqlite3_io_methods']> & {
  $iVersion: number;
};

export interface InstalledVfs {
  readonly name: string;
  /** What was wrong with the latest call that failed, in place of SQLite's number. */
  takeFault(): VfsFault | undefined;
}

/** A call of the file system that failed, or a page that is damaged. */
export interface VfsFault {
  readonly path: string;
  /** Number of the damaged page, if that is what it is; 0 for one in the journal. */
  readonly page?: number;
  readonly cause?: unknown;
}

/** SQLite's header at the beginning of the first page, and the part of it that changes. */
const HEADER = 100;
const CHANGE_COUNTER = { position: 24, length: 16 };
/** Julian day of 1970-01-01. */
const UNIX_EPOCH = 2440587.5;
const DAY_MS = 86_400_000;

export function installVfs(sqlite: Sqlite3Static, name: string, disk: Disk): InstalledVfs {
  const { capi, wasm } = sqlite;
  const files = new Map<WasmPointer, OpenFile>();
  let fault: VfsFault | undefined;

  const bytes = (pointer: WasmPointer, length: number): Uint8Array =>
    wasm.heap8u().subarray(pointer, pointer + length);
  const fileOf = (pointer: WasmPointer): OpenFile => {
    const file = files.get(pointer);
    if (file === undefined) throw new Error('SQLite uses a file that is not open.');
    return file;
  };
  /** Runs a call of the file system; what it throws becomes `failure`, or what says more. */
  const attempt = (path: string, failure: number, call: () => number | undefined): number => {
    try {
      return call() ?? capi.SQLITE_OK;
    } catch (cause) {
      fault = { path, cause };
      return resultOf(cause) ?? failure;
    }
  };
  const resultOf = (cause: unknown): number | undefined => {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOSPC' || code === 'EDQUOT') return capi.SQLITE_FULL;
    if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') return capi.SQLITE_READONLY;
    return undefined;
  };
  const damaged = (path: string, page: number): number => {
    fault = { path, page };
    return capi.SQLITE_IOERR_DATA;
  };

  const isWhole = (length: number, position: number, file: OpenFile): boolean =>
    length === PAGE_SIZE && (!file.isDatabase || position % PAGE_SIZE === 0);
  const numberOf = (position: number, file: OpenFile): number =>
    file.isDatabase ? position / PAGE_SIZE + 1 : 0;

  /**
   * The beginning of a database is read in pieces before it is read as a page: check it as one. A commit
   * that died may have left it half written, and the journal that takes it back.
   */
  const readHeader = (file: OpenFile, target: Uint8Array, position: number): number | undefined => {
    const page = new Uint8Array(PAGE_SIZE);
    const got = disk.read(file.descriptor, page, 0);
    const isSound = got === 0 || (got === PAGE_SIZE && isSealed(page, 1));
    if (!isSound && !hasJournal(file.path)) return damaged(file.path, 1);
    target.set(page.subarray(position, position + target.length));
    return got < position + target.length ? capi.SQLITE_IOERR_SHORT_READ : undefined;
  };

  const hasJournal = (path: string): boolean => {
    const journal = `${path}-journal`;
    if (!disk.exists(journal)) return false;
    const descriptor = disk.open(journal, 'read', false);
    try {
      return disk.size(descriptor) > 0;
    } finally {
      disk.close(descriptor);
    }
  };

  const read = (file: OpenFile, target: Uint8Array, position: number): number | undefined => {
    const { length } = target;
    if (file.isDatabase && length !== PAGE_SIZE) {
      const isHeader =
        (position === 0 && length === HEADER) ||
        (position === CHANGE_COUNTER.position && length === CHANGE_COUNTER.length);
      return isHeader ? readHeader(file, target, position) : damaged(file.path, 1);
    }
    const got = disk.read(file.descriptor, target, position);
    if (got < length) {
      target.fill(0, got);
      return got > 0 && file.isDatabase
        ? damaged(file.path, numberOf(position, file))
        : capi.SQLITE_IOERR_SHORT_READ;
    }
    if (!isWhole(length, position, file)) return undefined;
    const number = numberOf(position, file);
    return isSealed(target, number) ? undefined : damaged(file.path, number);
  };

  // The package's types leave out these two members.
  const io = new capi.sqlite3_io_methods() as SqliteIoMethods;
  io.$iVersion = 1;
  const { structInfo } = capi.sqlite3_file as unknown as { structInfo: { sizeof: number } };
  const vfs = new capi.sqlite3_vfs();
  vfs.$iVersion = 1;
  vfs.$szOsFile = structInfo.sizeof;
  vfs.$mxPathname = 4096;

  const ioMethods = {
    xClose(pointer: WasmPointer) {
      const file = fileOf(pointer);
      files.delete(pointer);
      return attempt(file.path, capi.SQLITE_IOERR_CLOSE, () => void disk.close(file.descriptor));
    },
    xRead(pointer: WasmPointer, target: WasmPointer, length: number, offset: bigint) {
      const file = fileOf(pointer);
      return attempt(file.path, capi.SQLITE_IOERR_READ, () =>
        read(file, bytes(target, length), Number(offset)),
      );
    },
    xWrite(pointer: WasmPointer, source: WasmPointer, length: number, offset: bigint) {
      const file = fileOf(pointer);
      const position = Number(offset);
      const data = bytes(source, length);
      if (isWhole(length, position, file)) seal(data, numberOf(position, file));
      return attempt(
        file.path,
        capi.SQLITE_IOERR_WRITE,
        () => void disk.write(file.descriptor, data, position),
      );
    },
    xTruncate(pointer: WasmPointer, size: bigint) {
      const file = fileOf(pointer);
      return attempt(
        file.path,
        capi.SQLITE_IOERR_TRUNCATE,
        () => void disk.truncate(file.descriptor, Number(size)),
      );
    },
    xSync(pointer: WasmPointer) {
      const file = fileOf(pointer);
      return attempt(file.path, capi.SQLITE_IOERR_FSYNC, () => {
        disk.sync(file.descriptor);
        if (file.isNew) disk.syncFolder(folderOf(file.path));
        file.isNew = false;
        return undefined;
      });
    },
    xFileSize(pointer: WasmPointer, size: WasmPointer) {
      const file = fileOf(pointer);
      return attempt(file.path, capi.SQLITE_IOERR_FSTAT, () => {
        wasm.poke(size, disk.size(file.descriptor), 'i64');
        return undefined;
      });
    },
    xLock: () => capi.SQLITE_OK,
    xUnlock: () => capi.SQLITE_OK,
    xCheckReservedLock(_pointer: WasmPointer, answer: WasmPointer) {
      wasm.poke(answer, 0, 'i32');
      return capi.SQLITE_OK;
    },
    xFileControl: () => capi.SQLITE_NOTFOUND,
    xSectorSize: () => 4096,
    // As on a Unix: a write that the power interrupts leaves the bytes around it alone.
    xDeviceCharacteristics: () => capi.SQLITE_IOCAP_POWERSAFE_OVERWRITE,
  };

  const vfsMethods = {
    xOpen(
      _vfs: WasmPointer,
      zName: WasmPointer,
      pointer: WasmPointer,
      flags: number,
      outFlags: WasmPointer,
    ) {
      const path = zName === 0 ? '' : wasm.cstrToJs(zName);
      // Temporary files are kept in memory.
      if (path === '' || path === null) return capi.SQLITE_CANTOPEN;
      return attempt(path, capi.SQLITE_CANTOPEN, () => {
        const access = flags & capi.SQLITE_OPEN_READONLY ? 'read' : 'write';
        const create = (flags & capi.SQLITE_OPEN_CREATE) !== 0;
        const isNew = create && !disk.exists(path);
        const descriptor = disk.open(path, access, create);
        const isDatabase = (flags & capi.SQLITE_OPEN_MAIN_DB) !== 0;
        files.set(pointer, { path, descriptor, isDatabase, isNew });
        wasm.poke(outFlags, flags, 'i32');
        const struct = new capi.sqlite3_file(pointer);
        struct.$pMethods = io.pointer;
        struct.dispose();
        return undefined;
      });
    },
    xDelete(_vfs: WasmPointer, zName: WasmPointer, syncFolder: number) {
      const path = wasm.cstrToJs(zName) ?? '';
      return attempt(path, capi.SQLITE_IOERR_DELETE, () => {
        if (!disk.exists(path)) return capi.SQLITE_IOERR_DELETE_NOENT;
        disk.remove(path);
        if (syncFolder) disk.syncFolder(folderOf(path));
        return undefined;
      });
    },
    xAccess(_vfs: WasmPointer, zName: WasmPointer, _flags: number, answer: WasmPointer) {
      wasm.poke(answer, disk.exists(wasm.cstrToJs(zName) ?? '') ? 1 : 0, 'i32');
      return capi.SQLITE_OK;
    },
    xFullPathname(_vfs: WasmPointer, zName: WasmPointer, room: number, target: WasmPointer) {
      return wasm.cstrncpy(target, zName, room) < room ? capi.SQLITE_OK : capi.SQLITE_CANTOPEN;
    },
    xRandomness(_vfs: WasmPointer, length: number, target: WasmPointer) {
      randomFillSync(bytes(target, length));
      return length;
    },
    xSleep: () => 0,
    xCurrentTime(_vfs: WasmPointer, target: WasmPointer) {
      wasm.poke(target, UNIX_EPOCH + Date.now() / DAY_MS, 'double');
      return capi.SQLITE_OK;
    },
    xGetLastError: () => 0,
  };

  // The package declares offsets as numbers; SQLite hands over 64 bits, as a bigint.
  const install = sqlite.vfs.installVfs as unknown as (options: object) => void;
  install({
    io: { struct: io, methods: ioMethods },
    vfs: { struct: vfs, methods: vfsMethods, name },
  });
  return {
    name,
    takeFault() {
      const taken = fault;
      fault = undefined;
      return taken;
    },
  };
}
