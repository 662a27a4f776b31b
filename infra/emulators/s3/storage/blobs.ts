/**
 * Immutable files of bytes, each under a random name.
 *
 * A blob is on the medium, with its entry in the folder, before the metadata names it. It exists for
 * clients only from then on, so a half-written file is never seen: it is removed when its writer fails, or
 * collected at the next start if the process died. A blob that is being read is not unlinked until its last
 * reader is done, so a reader keeps the version it began with while the object is overwritten or deleted.
 * Every block is verified when it is read.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, type FileHandle, link, mkdir, open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import { StoreDamagedError, StoreMissingError, storeError } from '../../storage/index.ts';
import { BLOCK_BYTES, BlockSums, isBlockSound } from './blob-sums.ts';
import type { Segment } from './records.ts';

export class Blobs {
  readonly #directory: string;
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();
  /** Readers that do not yet know which blobs they will read. */
  readonly #opening = new Set<Promise<unknown>>();

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** @param create whether a directory that does not exist is made */
  static async open(directory: string, create: boolean): Promise<Blobs> {
    if (create) await mkdir(directory, { recursive: true, mode: 0o700 });
    return new Blobs(directory);
  }

  /**
   * Lets `fill` write a new blob through a stream, and returns the blob once everything is on the medium.
   * If `fill` throws, the file is gone again and the error is passed on.
   */
  async create<T>(
    fill: (sink: Writable) => Promise<T>,
  ): Promise<{ blob: string; sums: string; result: T }> {
    const blob = await this.#newName();
    try {
      const handle = await open(this.#path(blob), 'wx', 0o600);
      let sums: string;
      let result: T;
      try {
        const sink = new BlobSink(handle);
        result = await fill(sink);
        sums = sink.sums.digest();
        await handle.sync();
      } finally {
        await handle.close();
      }
      await syncFolder(path.dirname(this.#path(blob)));
      return { blob, sums, result };
    } catch (error) {
      await this.remove([blob]);
      throw isSystemError(error) ? storeError(this.#path(blob), error) : error;
    }
  }

  /** A second name for the same bytes: a hard link, or a copy where the file system has none. */
  async duplicate(blob: string): Promise<string> {
    const copy = await this.#newName();
    try {
      await link(this.#path(blob), this.#path(copy));
    } catch {
      await copyFile(this.#path(blob), this.#path(copy), constants.COPYFILE_FICLONE);
      const handle = await open(this.#path(copy), 'r');
      await handle.sync().finally(() => handle.close());
    }
    await syncFolder(path.dirname(this.#path(copy)));
    return copy;
  }

  /**
   * Bytes `start` to `end` of the segment, both included. The caller has pinned it.
   * @throws StoreDamagedError before any byte of a damaged block is handed over; StoreMissingError
   */
  async *read({ blob, size, sums }: Segment, start: number, end: number): AsyncGenerator<Buffer> {
    const expected = sums === undefined ? undefined : Buffer.from(sums, 'base64');
    const handle = await this.#openToRead(blob);
    try {
      const first = Math.floor(start / BLOCK_BYTES);
      const last = Math.floor(end / BLOCK_BYTES);
      for (let index = first; index <= last; index++) {
        const at = index * BLOCK_BYTES;
        const block = Buffer.alloc(Math.min(BLOCK_BYTES, size - at));
        const got = await readFully(handle, block, at);
        if (got < block.length || (expected && !isBlockSound(expected, index, block))) {
          const what = `the bytes from ${at} on are not what was written`;
          throw new StoreDamagedError(this.#path(blob), what);
        }
        yield block.subarray(Math.max(0, start - at), Math.min(block.length, end + 1 - at));
      }
    } finally {
      await handle.close();
    }
  }

  /**
   * Reads a record and keeps its blobs readable until the returned function is called (calling it again is
   * harmless). What is removed after the call has begun is not unlinked before the blobs are pinned.
   */
  async pinned<T extends { readonly segments: readonly Segment[] }>(
    read: () => Promise<T | undefined>,
  ): Promise<{ readonly record: T | undefined; readonly release: () => void }> {
    const opening = read().then((record) => {
      const release = record === undefined ? () => undefined : this.#pin(record.segments);
      return { record, release };
    });
    this.#opening.add(opening);
    try {
      return await opening;
    } finally {
      this.#opening.delete(opening);
    }
  }

  /**
   * Unlinks now, or after the last reader. Never fails: a file that cannot be unlinked costs disk
   * space until the next start collects it, and no client is concerned.
   */
  async remove(blobs: readonly string[]): Promise<void> {
    await Promise.allSettled([...this.#opening]);
    const idle = blobs.filter((blob) => !this.#readers.has(blob));
    for (const blob of blobs) if (this.#readers.has(blob)) this.#doomed.add(blob);
    await Promise.allSettled(idle.map((blob) => rm(this.#path(blob), { force: true })));
  }

  /** The names of all files. */
  async list(): Promise<string[]> {
    const files = await readdir(this.#directory, { recursive: true, withFileTypes: true });
    return files.filter((file) => file.isFile()).map(({ name }) => name);
  }

  /** Unlinks every blob not in `live`: what a crash left behind. Returns how many there were. */
  async collect(live: ReadonlySet<string>): Promise<number> {
    const orphans = (await this.list()).filter((name) => !live.has(name));
    await Promise.all(orphans.map((name) => rm(this.#path(name), { force: true })));
    return orphans.length;
  }

  #pin(segments: readonly Segment[]): () => void {
    for (const { blob } of segments) this.#readers.set(blob, (this.#readers.get(blob) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      for (const { blob } of segments) this.#release(blob);
    };
  }

  async #openToRead(blob: string): Promise<FileHandle> {
    try {
      return await open(this.#path(blob), 'r');
    } catch (cause) {
      const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
      throw isMissing ? new StoreMissingError(this.#path(blob), cause) : cause;
    }
  }

  /** A name nobody has, in a directory that exists. */
  async #newName(): Promise<string> {
    const blob = randomBytes(16).toString('hex');
    const made = await mkdir(path.dirname(this.#path(blob)), { recursive: true, mode: 0o700 });
    if (made !== undefined) await syncFolder(this.#directory);
    return blob;
  }

  /** Spread over 256 directories, because some file systems are slow with large ones. */
  #path(blob: string): string {
    return path.join(this.#directory, blob.slice(0, 2), blob);
  }

  #release(blob: string): void {
    const left = (this.#readers.get(blob) ?? 1) - 1;
    if (left > 0) {
      this.#readers.set(blob, left);
      return;
    }
    this.#readers.delete(blob);
    if (this.#doomed.delete(blob)) void this.remove([blob]);
  }
}

/** Writes to the end of a file, and takes the checksums on the way. */
class BlobSink extends Writable {
  readonly sums = new BlockSums();
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    super();
    this.#handle = handle;
  }

  override _write(data: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.sums.update(data);
    this.#handle.appendFile(data).then(() => done(), done);
  }
}

/** A call of the file system that failed, rather than a client that sent something wrong. */
function isSystemError(error: unknown): boolean {
  return (
    error instanceof Error && 'syscall' in error && 'errno' in error && error.message !== 'aborted'
  );
}

async function readFully(handle: FileHandle, target: Buffer, position: number): Promise<number> {
  let done = 0;
  while (done < target.length) {
    const { bytesRead } = await handle.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
