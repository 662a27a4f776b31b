/**
 * A disk in memory that can run out of room and lose its power, as unkindly as a real one may: of what was
 * not synchronised, any sectors may have been written, in any order, and new files may be gone.
 */
import path from 'node:path';
import type { Disk } from '../../../infra/emulators/storage/disk.ts';

const SECTOR = 512;

interface File {
  /** As programs see it. */
  data: Buffer<ArrayBuffer>;
  /** As it would be after a power cut in which nothing unsynchronised arrived. */
  kept: Buffer<ArrayBuffer>;
  pending: ({ readonly position: number; readonly bytes: Buffer } | { readonly size: number })[];
  /** Whether its entry in the folder is on the medium. */
  isEntered: boolean;
}

export class PowerCut extends Error {}

export class SimulatedDisk implements Disk {
  /** Bytes that fit. */
  capacity = Number.POSITIVE_INFINITY;
  /** Calls that change something until the power is cut. */
  callsLeft = Number.POSITIVE_INFINITY;
  readonly #files = new Map<string, File>();
  readonly #removed = new Map<string, File>();
  readonly #open = new Map<number, File>();
  #descriptors = 3;

  open(file: string, _access: 'read' | 'write', create: boolean): number {
    let found = this.#files.get(file);
    if (found === undefined) {
      if (!create) throw failure('ENOENT');
      this.#change();
      found = { data: Buffer.alloc(0), kept: Buffer.alloc(0), pending: [], isEntered: false };
      this.#files.set(file, found);
    }
    this.#open.set(++this.#descriptors, found);
    return this.#descriptors;
  }

  close(descriptor: number): void {
    this.#open.delete(descriptor);
  }

  read(descriptor: number, target: Uint8Array, position: number): number {
    const { data } = this.#file(descriptor);
    return position >= data.length ? 0 : data.copy(target, 0, position);
  }

  write(descriptor: number, source: Uint8Array, position: number): void {
    this.#change();
    const file = this.#file(descriptor);
    const room = this.capacity - this.#used() + file.data.length;
    // As on a real disk, what fits is written before the rest is refused.
    const bytes = Buffer.from(
      source.subarray(0, Math.max(0, Math.min(source.length, room - position))),
    );
    file.data = written(file.data, position, bytes);
    file.pending.push({ position, bytes });
    if (bytes.length < source.length) throw failure('ENOSPC');
  }

  truncate(descriptor: number, size: number): void {
    this.#change();
    const file = this.#file(descriptor);
    file.data = resized(file.data, size);
    file.pending.push({ size });
  }

  sync(descriptor: number): void {
    this.#change();
    const file = this.#file(descriptor);
    file.kept = Buffer.from(file.data);
    file.pending = [];
  }

  size(descriptor: number): number {
    return this.#file(descriptor).data.length;
  }

  exists(file: string): boolean {
    return this.#files.has(file);
  }

  remove(file: string): void {
    this.#change();
    const found = this.#files.get(file);
    if (found === undefined) throw failure('ENOENT');
    this.#files.delete(file);
    if (found.isEntered) this.#removed.set(file, found);
  }

  syncFolder(folder: string): void {
    this.#change();
    for (const [name, file] of this.#files) {
      if (path.dirname(name) === folder) file.isEntered = true;
    }
    for (const name of this.#removed.keys()) {
      if (path.dirname(name) === folder) this.#removed.delete(name);
    }
  }

  /** All bytes of all files. */
  contents(): Buffer {
    return Buffer.concat([...this.#files.values()].map(({ data }) => data));
  }

  /** What is there when the power is back. @param random uniform in [0, 1) */
  afterPowerCut(random: () => number): SimulatedDisk {
    const disk = new SimulatedDisk();
    const survive = (name: string, file: File) => {
      const data = survivor(file, random);
      disk.#files.set(name, { data, kept: Buffer.from(data), pending: [], isEntered: true });
    };
    for (const [name, file] of this.#files)
      if (file.isEntered || random() < 0.5) survive(name, file);
    for (const [name, file] of this.#removed) {
      if (!this.#files.has(name) && random() < 0.5) survive(name, file);
    }
    return disk;
  }

  #used(): number {
    return [...this.#files.values()].reduce((sum, { data }) => sum + data.length, 0);
  }

  #file(descriptor: number): File {
    const file = this.#open.get(descriptor);
    if (file === undefined) throw failure('EBADF');
    return file;
  }

  #change(): void {
    if (--this.callsLeft < 0) throw new PowerCut('The power is cut.');
  }
}

function survivor({ kept, pending }: File, random: () => number): Buffer<ArrayBuffer> {
  // Up to a moment everything may have arrived; after it, any sectors.
  const until = Math.floor(random() * (pending.length + 1));
  let data = Buffer.from(kept);
  for (const [i, change] of pending.entries()) {
    if ('size' in change) {
      if (i < until || random() < 0.5) data = resized(data, change.size);
      continue;
    }
    const { position, bytes } = change;
    for (let at = 0; at < bytes.length; ) {
      const length = Math.min(SECTOR - ((position + at) % SECTOR), bytes.length - at);
      if (i < until || random() < 0.5) {
        data = written(data, position + at, bytes.subarray(at, at + length));
      }
      at += length;
    }
  }
  return data;
}

function written(
  data: Buffer<ArrayBuffer>,
  position: number,
  bytes: Uint8Array,
): Buffer<ArrayBuffer> {
  if (bytes.length === 0) return data;
  const result = resized(data, Math.max(data.length, position + bytes.length));
  result.set(bytes, position);
  return result;
}

function resized(data: Buffer<ArrayBuffer>, size: number): Buffer<ArrayBuffer> {
  if (data.length === size) return data;
  const result = Buffer.alloc(size);
  data.copy(result, 0, 0, size);
  return result;
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}
