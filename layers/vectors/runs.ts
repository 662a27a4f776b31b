/**
 * Sorted runs of ids with a number each, in a file of their own, and all of them merged: for more than memory
 * holds. An entry has 20 bytes.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ID_BYTES } from './ids.ts';

const ENTRY_BYTES = ID_BYTES + Uint32Array.BYTES_PER_ELEMENT;
/** Of each run so many entries are in memory. */
const ENTRIES_AT_ONCE = 4096;

export interface Entry {
  /** 16 bytes, valid until the next entry is asked for. */
  readonly id: Buffer;
  readonly number: number;
}

export class Runs {
  readonly #folder: string;
  readonly #file: number;
  readonly #runs: { readonly start: number; readonly end: number }[] = [];
  #end = 0;

  constructor() {
    this.#folder = mkdtempSync(path.join(tmpdir(), 'recollect-verify-'));
    this.#file = openSync(path.join(this.#folder, 'runs'), 'w+');
  }

  /** @param ids ascending, 16 bytes each @param numbers one for each, as many bits as a uint32 has */
  add(ids: readonly Uint8Array[], numbers: Uint32Array): void {
    const start = this.#end;
    const part = Buffer.alloc(Math.min(ids.length, ENTRIES_AT_ONCE) * ENTRY_BYTES);
    let filled = 0;
    const flush = () => {
      writeSync(this.#file, part, 0, filled, this.#end);
      this.#end += filled;
      filled = 0;
    };
    ids.forEach((id, i) => {
      part.set(id, filled);
      part.writeUInt32LE(numbers[i] ?? 0, filled + ID_BYTES);
      filled += ENTRY_BYTES;
      if (filled === part.length) flush();
    });
    if (filled > 0) flush();
    this.#runs.push({ start, end: this.#end });
  }

  /** All entries of all runs, ascending by id. */
  *merged(): Generator<Entry> {
    const heap = new Heap();
    for (const { start, end } of this.#runs) {
      const cursor = new Cursor(this.#file, start, end);
      if (cursor.next()) heap.push(cursor);
    }
    for (let cursor = heap.least; cursor !== undefined; cursor = heap.least) {
      yield { id: cursor.id, number: cursor.number };
      if (cursor.next()) heap.sink();
      else heap.drop();
    }
  }

  close(): void {
    closeSync(this.#file);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A place in a run. */
class Cursor {
  readonly #file: number;
  readonly #end: number;
  readonly #part = Buffer.alloc(ENTRIES_AT_ONCE * ENTRY_BYTES);
  #next: number;
  #at = 0;
  #filled = 0;
  /** The first six bytes of the id. */
  prefix = 0;

  constructor(file: number, start: number, end: number) {
    this.#file = file;
    this.#next = start;
    this.#end = end;
    this.#at = -ENTRY_BYTES;
  }

  get id(): Buffer {
    return this.#part.subarray(this.#at, this.#at + ID_BYTES);
  }

  get number(): number {
    return this.#part.readUInt32LE(this.#at + ID_BYTES);
  }

  /** @returns whether there is another entry */
  next(): boolean {
    this.#at += ENTRY_BYTES;
    if (this.#at >= this.#filled) {
      const length = Math.min(this.#part.length, this.#end - this.#next);
      if (length === 0) return false;
      this.#filled = readSync(this.#file, this.#part, 0, length, this.#next);
      this.#next += this.#filled;
      this.#at = 0;
    }
    this.prefix = this.#part.readUIntBE(this.#at, 6);
    return true;
  }

  isBefore(other: Cursor): boolean {
    if (this.prefix !== other.prefix) return this.prefix < other.prefix;
    return Buffer.compare(this.id, other.id) < 0;
  }
}

/** Cursors, the least of them first. */
class Heap {
  readonly #cursors: Cursor[] = [];

  get least(): Cursor | undefined {
    return this.#cursors[0];
  }

  push(cursor: Cursor): void {
    let at = this.#cursors.push(cursor) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Puts the first one, which has moved on, into its place. */
  sink(): void {
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = at;
      if (this.#isBefore(left, least)) least = left;
      if (this.#isBefore(right, least)) least = right;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  /** Takes the first one out, which has come to its end. */
  drop(): void {
    const last = this.#cursors.pop();
    if (last === undefined || this.#cursors.length === 0) return;
    this.#cursors[0] = last;
    this.sink();
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#cursors[one], this.#cursors[other]];
    return a !== undefined && b !== undefined && a.isBefore(b);
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#cursors[one], this.#cursors[other]];
    if (a === undefined || b === undefined) return;
    this.#cursors[one] = b;
    this.#cursors[other] = a;
  }
}
