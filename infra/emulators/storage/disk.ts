/**
 * The part of a file system that the store needs, so that tests can take away its room, its power or
 * single calls. Everything is synchronous: it is called from inside SQLite, in a thread of its own.
 */
import fs from 'node:fs';
import path from 'node:path';

/** Methods throw what `node:fs` throws, with its `code`. */
export interface Disk {
  /** @returns a descriptor; a file that does not exist is made if `create` says so */
  open(file: string, access: 'read' | 'write', create: boolean): number;
  close(descriptor: number): void;
  /** Fills `target` as far as the file goes. @returns the bytes read */
  read(descriptor: number, target: Uint8Array, position: number): number;
  /** Writes all of `source`. */
  write(descriptor: number, source: Uint8Array, position: number): void;
  truncate(descriptor: number, size: number): void;
  /** Resolves nothing before the bytes, and the size, of the file are on the medium. */
  sync(descriptor: number): void;
  size(descriptor: number): number;
  exists(file: string): boolean;
  remove(file: string): void;
  /** Puts the folder's entries on the medium: that files exist, or do not. */
  syncFolder(folder: string): void;
}

/** Only the owner may read what is stored. */
const MODE = 0o600;

export const realDisk: Disk = {
  open(file, access, create) {
    const { O_RDONLY, O_RDWR, O_CREAT } = fs.constants;
    return fs.openSync(file, access === 'read' ? O_RDONLY : O_RDWR | (create ? O_CREAT : 0), MODE);
  },
  close: (descriptor) => fs.closeSync(descriptor),
  read(descriptor, target, position) {
    let done = 0;
    while (done < target.length) {
      const got = fs.readSync(descriptor, target, done, target.length - done, position + done);
      if (got === 0) break;
      done += got;
    }
    return done;
  },
  write(descriptor, source, position) {
    // A disk that fills up takes a part, and refuses only the rest.
    for (let done = 0; done < source.length; ) {
      done += fs.writeSync(descriptor, source, done, source.length - done, position + done);
    }
  },
  truncate: (descriptor, size) => fs.ftruncateSync(descriptor, size),
  sync: (descriptor) => fs.fdatasyncSync(descriptor),
  size: (descriptor) => fs.fstatSync(descriptor).size,
  exists: (file) => fs.existsSync(file),
  remove: (file) => fs.unlinkSync(file),
  syncFolder(folder) {
    // Windows does not open folders, and has no need to.
    if (process.platform === 'win32') return;
    const descriptor = fs.openSync(folder, 'r');
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  },
};

export function folderOf(file: string): string {
  return path.dirname(file);
}
