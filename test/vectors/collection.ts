/** A collection over real records and shards, and what a search of it must find. */
import { randomUUID } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import {
  type Collection,
  type Face,
  type NewFace,
  Records,
  type VectorOfFace,
} from '../../layers/records/index.ts';
import {
  encodeIds,
  encodeShard,
  type FoldOptions,
  type FoldResult,
  fold,
  LocalScanner,
  type Query,
  restoreShard,
  S3ShardStore,
  ShardCache,
  VectorIndex,
} from '../../layers/vectors/index.ts';
import { quickDatabase, quickStore } from '../support/quick.ts';
import type { TestDatabase, TestStore } from '../support/tables.ts';
import { product } from './arbitraries.ts';

export const DIMENSION = 16;
export const MINUTES = 60_000;

const TABLE = 'vectors';
const BUCKET = 'shards';
const CACHE_BYTES = 1_000_000;

export interface Services {
  readonly database: TestDatabase;
  readonly objects: TestStore;
  close(): Promise<void>;
}

export async function openServices(): Promise<Services> {
  const [database, objects] = await Promise.all([quickDatabase(), quickStore()]);
  await database.createTable(TABLE);
  await objects.createBucket(BUCKET);
  return {
    database,
    objects,
    async close() {
      await Promise.all([database.close(), objects.close()]);
    },
  };
}

/** A face whose id is given or new. */
export function face(vector: Float32Array, id: string = randomUUID()): NewFace {
  const box = { left: 0, top: 0, width: 1, height: 1 };
  return { id, imageId: id, box, confidence: 99, faceModel: '1.0', vector };
}

export class TestCollection {
  readonly collection: Collection;
  readonly dimension: number;
  readonly records: Records;
  readonly s3: S3Client;
  readonly bucket = BUCKET;
  /** What {@link VectorIndexOptions.onShardLost} was told. */
  readonly lost: Error[] = [];
  /** What {@link VectorIndexOptions.onTail} was told. */
  readonly tails: number[] = [];
  /** Milliseconds since the epoch. */
  now = Date.UTC(2030, 0, 1);
  readonly #objects: TestStore;
  /** What there must be, by id. */
  readonly #vectors = new Map<string, Float32Array>();
  #cache: ShardCache;

  private constructor(
    objects: TestStore,
    s3: S3Client,
    records: Records,
    collection: Collection,
    dimension: number,
  ) {
    this.#objects = objects;
    this.s3 = s3;
    this.records = records;
    this.collection = collection;
    this.dimension = dimension;
    this.#cache = this.#newCache();
  }

  /** A new collection, with nothing of it in memory. */
  static async create(
    { database, objects }: Services,
    dimension = DIMENSION,
  ): Promise<TestCollection> {
    const records = new Records({ client: database.connect(), table: TABLE });
    const collection = await records.collections.create(randomUUID(), '1.0', {});
    return new TestCollection(objects, objects.connect(), records, collection, dimension);
  }

  async add(...faces: readonly NewFace[]): Promise<void> {
    const encode = (added: readonly VectorOfFace[]) => encodeShard('1.0', this.dimension, added);
    for (const { id, vector } of await this.records.faces.insert(this.collection, faces, encode)) {
      this.#vectors.set(id, vector);
    }
  }

  async remove(...faces: readonly NewFace[]): Promise<void> {
    const ids = faces.map(({ id }) => id);
    await this.records.faces.delete(this.collection, ids, encodeIds);
    for (const id of ids) this.#vectors.delete(id);
  }

  fold(changed: Partial<FoldOptions> = {}): Promise<FoldResult> {
    const { records } = this;
    return fold(this.collection, {
      records,
      store: this.store(),
      cache: this.#cache,
      index: 'faces',
      dimension: this.dimension,
      existing: (collection, ids) => records.faces.existing(collection, ids),
      all: (collection, range) => records.faces.vectors(collection, range),
      size: async (collection) => (await records.collections.counts(collection)).faces,
      vectorsOf: (collection, ids) => records.faces.vectorsOf(collection, ids),
      clock: () => this.now,
      newId: randomUUID,
      ...changed,
    });
  }

  store(): S3ShardStore {
    return new S3ShardStore(this.s3, BUCKET);
  }

  /** What a process forgets that starts anew. */
  forget(): void {
    this.#cache = this.#newCache();
  }

  /** Ids with cosines, best first. */
  async search(query: Query): Promise<[string, number][]> {
    const index = new VectorIndex<Face>({
      index: 'faces',
      records: this.records,
      source: this.records.faces,
      scanner: new LocalScanner(this.#cache),
      restore: (collection, shard) =>
        restoreShard(collection, shard, {
          store: this.store(),
          dimension: this.dimension,
          vectorsOf: (within, ids) => this.records.faces.vectorsOf(within, ids),
        }),
      onShardLost: (_, error) => {
        this.lost.push(error);
      },
      onTail: async (_, length) => {
        this.tails.push(length);
      },
    });
    const matches = await index.search(this.collection, query);
    return matches.map(({ record, cosine }) => [record.id, cosine]);
  }

  /** What the search must find: every vector compared with the query, in double precision. */
  expected({ vector, limit, minCosine, exclude }: Query): [string, number][] {
    return [...this.#vectors]
      .map(([id, one]): [string, number] => [id, product(vector, one)])
      .filter(([id, cosine]) => cosine >= minCosine && id !== exclude)
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .slice(0, limit);
  }

  /** The ids in each shard that the manifest names, and the number of entries in the tail. */
  async state(): Promise<{ shards: string[][]; tail: number; retired: number }> {
    const { generation } = this.collection;
    const manifest = await this.records.manifests.get(generation, 'faces');
    const cache = this.#newCache();
    const shards = await Promise.all(
      manifest.shards.map(async (shard) => {
        const { ids } = await cache.get(shard);
        const hex = Buffer.from(ids).toString('hex');
        return (hex.match(/.{32}/g) ?? []).map((digits) =>
          digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
        );
      }),
    );
    const tail = await this.records.tail.read(generation, 'faces');
    return { shards, tail: tail.length, retired: manifest.retired.length };
  }

  /** The keys of all shards of this collection, named by the manifest or not; each has a list of ids beside it. */
  async shardKeys(): Promise<string[]> {
    const keys = await this.#objects.keys(BUCKET);
    const start = `${this.collection.generation}/`;
    return keys.filter((key) => key.startsWith(start) && key.endsWith('.shard'));
  }

  #newCache(): ShardCache {
    return new ShardCache(this.store(), CACHE_BYTES);
  }
}
