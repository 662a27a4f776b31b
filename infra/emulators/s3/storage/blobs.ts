/**
 * Immutable files of bytes, each under a random name.
 *
 * A blob exists for clients only once the metadata names it, so a half-written file is never seen:
 * it is removed when its writer fails, or collected at the next start if the process died. A blob
 * that is being read is not unlinked until its last reader is done, so a reader keeps the version
 * it began with while the object is overwritten or deleted.
 */
import { randomBytes } from 'node:crypto';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Segment } from './records.ts';

const READ_CHUNK_BYTES = 256 * 1024;

export class Blobs {
  readonly #directory: string;
  readonly #durable: boolean;
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();

  private constructor(directory: string, durable: boolean) {
    this.#directory = directory;
    this.#durable = durable;
  }

  /** `durable`: flush each blob to the disk before it is acknowledged, to outlive a power cut. */
  static async open(directory: string, durable: boolean): Promise<Blobs> {
    await mkdir(directory, { recursive: true });
    return new Blobs(directory, durable);
  }

  /**
   * Lets `fill` write a new blob through a stream, and returns the blob's name once everything is
   * in the file. If `fill` throws, the file is gone again and the error is passed on.
   */
  async create<T>(fill: (sink: Writable) => Promise<T>): Promise<{ blob: string; result: T }> {
    const blob = await this.#newName();
    try {
      const result = await fill(createWriteStream(this.#path(blob), { flags: 'wx' }));
      if (this.#durable) await this.#flush(blob);
      return { blob, result };
    } catch (error) {
      await this.remove([blob]);
      throw error;
    }
  }

  /** A second name for the same bytes: a hard link, or a copy where the file system has none. */
  async duplicate(blob: string): Promise<string> {
    const copy = await this.#newName();
    try {
      await link(this.#path(blob), this.#path(copy));
    } catch {
      await copyFile(this.#path(blob), this.#path(copy), constants.COPYFILE_FICLONE);
    }
    return copy;
  }

  /** Bytes `start` to `end`, both included. The caller has pinned the blob. */
  read(blob: string, start: number, end: number): Readable {
    return createReadStream(this.#path(blob), { start, end, highWaterMark: READ_CHUNK_BYTES });
  }

  /**
   * Keeps the blobs readable until the returned function is called (calling it again is harmless).
   * Synchronous on purpose: nothing can be removed between reading a record and pinning its blobs.
   */
  pin(segments: readonly Segment[]): () => void {
    for (const { blob } of segments) this.#readers.set(blob, (this.#readers.get(blob) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      for (const { blob } of segments) this.#release(blob);
    };
  }

  /**
   * Unlinks now, or after the last reader. Never fails: a file that cannot be unlinked costs disk
   * space until the next start collects it, and no client is concerned.
   */
  async remove(blobs: readonly string[]): Promise<void> {
    const idle = blobs.filter((blob) => !this.#readers.has(blob));
    for (const blob of blobs) if (this.#readers.has(blob)) this.#doomed.add(blob);
    await Promise.allSettled(idle.map((blob) => rm(this.#path(blob), { force: true })));
  }

  /** Unlinks every blob not in `live`: what a crash left behind. Returns how many there were. */
  async collect(live: ReadonlySet<string>): Promise<number> {
    const files = await readdir(this.#directory, { recursive: true, withFileTypes: true });
    const orphans = files.filter((file) => file.isFile() && !live.has(file.name));
    await Promise.all(orphans.map((file) => rm(this.#path(file.name), { force: true })));
    return orphans.length;
  }

  /** A name nobody has, in a directory that exists. */
  async #newName(): Promise<string> {
    const blob = randomBytes(16).toString('hex');
    await mkdir(path.dirname(this.#path(blob)), { recursive: true });
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

  /** The file's bytes and its directory entry. */
  async #flush(blob: string): Promise<void> {
    for (const target of [this.#path(blob), path.dirname(this.#path(blob))]) {
      const handle = await open(target, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    }
  }
}
