/**
 * An index of any size that takes no memory: what its shards hold follows from their number, and so do the
 * records. What is written lies in a folder for temporary files; everything else is small, and kept.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type {
  Collection,
  Manifest,
  Removals,
  ShardReference,
  TailEntry,
} from '../../../layers/records/index.ts';
import { encodeIdList } from '../../../layers/vectors/id-list.ts';
import { idToBytes } from '../../../layers/vectors/ids.ts';
import type { FoldOptions } from '../../../layers/vectors/index.ts';
import { ShardCache } from '../../../layers/vectors/index.ts';
import { mostRows } from '../../../layers/vectors/plan.ts';
import type { Embedded, Row, Shard } from '../../../layers/vectors/shard.ts';
import { decodeShard, encodeRows, encodeShard } from '../../../layers/vectors/shard.ts';
import { ShardMissingError, type ShardStore } from '../../../layers/vectors/store.ts';
import { Random } from '../../support/random.ts';

export const DIMENSION = 192;
/** Different vectors; the others are equal to one of them. */
const VECTORS = 512;

export const COLLECTION: Collection = {
  id: 'synthetic',
  generation: 'g',
  faceModel: '1.0',
  createdAt: new Date(0),
  tags: {},
};

export class SyntheticIndex {
  readonly faces: number;
  readonly shards: number;
  readonly manifest: { current: Manifest };
  tail: TailEntry[] = [];
  /** Records that were read, in any way. */
  recordsRead = 0;
  bytesRead = 0;
  bytesWritten = 0;
  readonly deleted = new Set<string>();
  readonly lost = new Set<string>();
  readonly #vectors: readonly Embedded[];
  readonly #codes: Shard;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'recollect-folds-'));
  /** What lies in the folder. */
  readonly #written = new Set<string>();
  #removals: Removals[] = [];
  #ids = 0;

  /** @param faces as many, to the next full shard */
  constructor(faces: number) {
    const perShard = mostRows(DIMENSION);
    this.shards = Math.ceil(faces / perShard);
    this.faces = this.shards * perShard;
    const random = new Random(1);
    this.#vectors = Array.from({ length: VECTORS }, () => ({
      id: random.uuid(),
      vector: random.unitVector(DIMENSION),
    }));
    this.#codes = decodeShard(encodeShard('1.0', DIMENSION, this.#vectors));
    const bytes = this.shards === 0 ? 0 : this.#encode(0).length;
    const shards = Array.from(
      { length: this.shards },
      (_, shard): ShardReference => ({ key: keyOf(shard), count: perShard, bytes, clearedAt: 1 }),
    );
    this.manifest = { current: { version: 1, shards, retired: [] } };
  }

  /** Removes what was written. */
  close(): void {
    rmSync(this.#folder, { recursive: true });
  }

  /** The id of the n-th face; ascending, over all ids there may be. */
  idOf(face: number): string {
    const prefix = Math.floor((face * 2 ** 32) / this.faces);
    const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
    return `${hex(prefix, 8)}-0000-5000-8000-${hex(face, 12)}`;
  }

  /** So many of the faces, all over the index, are deleted. */
  delete(count: number, encode: (ids: readonly string[]) => Uint8Array): void {
    const step = Math.floor(this.faces / count);
    const ids = Array.from({ length: count }, (_, i) => this.idOf(i * step + ((i * 7919) % step)));
    for (const id of ids) this.deleted.add(id);
    for (let at = 0; at < ids.length; at += 98) {
      const part = ids.slice(at, at + 98);
      const key = { pk: 't', sk: String(this.#ids++) };
      this.tail.push({ key, kind: 'remove', count: part.length, payload: encode(part) });
    }
  }

  /** New faces come, so many of a photograph. */
  add(count: number, perPhotograph: number, random: Random): void {
    for (let at = 0; at < count; at += perPhotograph) {
      const vectors = Array.from({ length: perPhotograph }, (_, i) => ({
        id: random.uuid(),
        vector: this.#vectors[(at + i) % VECTORS]!.vector,
      }));
      const payload = encodeShard('1.0', DIMENSION, vectors);
      const key = { pk: 't', sk: String(this.#ids++) };
      this.tail.push({ key, kind: 'add', count: perPhotograph, payload });
    }
  }

  /** All records, in the order of their ids. */
  async *all(): AsyncGenerator<Embedded> {
    for (let face = 0; face < this.faces; face++) {
      const id = this.idOf(face);
      if (this.deleted.has(id)) continue;
      this.recordsRead++;
      yield { id, vector: this.#vectorOf(face) };
    }
  }

  get records(): FoldOptions['records'] {
    return {
      tail: {
        read: async (_generation, _index, atMost = Number.POSITIVE_INFINITY) => {
          const read: TailEntry[] = [];
          let length = 0;
          for (const entry of this.tail) {
            if (length >= atMost) break;
            length += entry.count;
            read.push(entry);
          }
          return read;
        },
        delete: async (entries) => {
          const gone = new Set(entries);
          this.tail = this.tail.filter((entry) => !gone.has(entry));
        },
      },
      manifests: {
        get: async () => this.manifest.current,
        swap: async (_collection, _index, current, next, notes = []) => {
          this.manifest.current = { ...next, version: current.version + 1 };
          this.#removals = [...this.#removals, ...notes];
          return true;
        },
      },
      removals: {
        read: async () => this.#removals,
        prepare: (_generation, _index, version, ids) => {
          if (ids.length === 0) return [];
          return [{ key: { pk: 'r', sk: String(this.#ids++) }, version, ids }];
        },
        delete: async (notes) => {
          this.#removals = this.#removals.filter((note) => !notes.includes(note));
        },
      },
    };
  }

  get store(): ShardStore {
    return {
      put: async (key, bytes) => {
        this.bytesWritten += bytes.length;
        this.#written.add(key);
        writeFileSync(this.#fileOf(key), bytes);
      },
      get: async (key, bytes) => {
        this.bytesRead += bytes;
        if (this.#written.has(key)) return readFileSync(this.#fileOf(key));
        const [, number] = /^g\/faces\/s(\d+)\.(?:shard|ids)$/.exec(key) ?? [];
        if (number === undefined || this.lost.has(key)) throw new ShardMissingError(key);
        const shard = Number(number);
        return key.endsWith('.ids') ? encodeIdList(this.#rows(shard)) : this.#encode(shard);
      },
      read: async () => {
        throw new RangeError('Nothing here searches.');
      },
      delete: async (keys) => {
        for (const key of keys) {
          if (this.#written.delete(key)) rmSync(this.#fileOf(key));
        }
      },
      async *list() {},
      deleteGeneration: async () => undefined,
    };
  }

  foldOptions(): FoldOptions {
    const { records, store } = this;
    const there = (ids: readonly string[]) => ids.filter((id) => !this.deleted.has(id));
    return {
      records,
      store,
      cache: new ShardCache(store, 0),
      index: 'faces',
      dimension: DIMENSION,
      existing: async (_collection, ids) => new Set(there(ids)),
      all: () => this.all(),
      size: async () => this.faces,
      vectorsOf: async (_collection, ids) => {
        this.recordsRead += ids.length;
        return there(ids).map((id) => ({
          id,
          vector: this.#vectorOf(Number.parseInt(id.slice(24), 16)),
        }));
      },
      clock: () => performance.now(),
      newId: () => `w${this.#ids++}`,
    };
  }

  #fileOf(key: string): string {
    return path.join(this.#folder, key.replaceAll('/', '_'));
  }

  #vectorOf(face: number): Float32Array {
    return this.#vectors[Math.floor(face / this.shards) % VECTORS]!.vector;
  }

  /** Every shard has faces from all over the index. */
  #rows(shard: number): Row[] {
    const rows: Row[] = [];
    for (let first = 0; first < mostRows(DIMENSION); first += VECTORS) {
      const count = Math.min(VECTORS, mostRows(DIMENSION) - first);
      const names = Array.from({ length: count }, (_, i) =>
        idToBytes(this.idOf((first + i) * this.shards + shard)),
      );
      const block = { ...this.#codes, ids: new Uint8Array(Buffer.concat(names)) };
      for (let index = 0; index < count; index++) rows.push({ shard: block, index });
    }
    return rows;
  }

  #encode(shard: number): Uint8Array {
    return encodeRows('1.0', DIMENSION, this.#rows(shard));
  }
}

export const keyOf = (shard: number) => `g/faces/s${shard}.shard`;
