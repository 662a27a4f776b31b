/** Where shards live: an S3 bucket. Shards are immutable and named by unique keys. */
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { IndexName } from '../records/index.ts';
import { INDEX_NAMES } from '../records/index.ts';
import { allocate } from './kernel/memory.ts';
import { ShardCorruptError } from './shard.ts';

export interface ShardStore {
  put(key: string, bytes: Uint8Array): Promise<void>;
  /**
   * @returns where the search reads it in place
   * @throws ShardMissingError, ShardCorruptError if the object is shorter than that
   */
  get(key: string, bytes: number): Promise<Uint8Array>;
  /**
   * Reads the part of an object that begins at `start`, and is as long, into its place.
   * @throws ShardMissingError, ShardCorruptError if the object ends before
   */
  read(key: string, start: number, place: Uint8Array): Promise<void>;
  /** @throws ShardsNotDeletedError */
  delete(keys: readonly string[]): Promise<void>;
  /** The shards of a generation, or all there are, in the order of their keys. */
  list(generation?: string): AsyncIterable<StoredShard>;
  /** Deletes every shard of a generation. @throws ShardsNotDeletedError */
  deleteGeneration(generation: string): Promise<void>;
}

/** A shard as a listing shows it, named or not. */
export interface StoredShard {
  readonly key: string;
  readonly generation: string;
  readonly index: IndexName;
  /** When it was put, in milliseconds since the epoch by the clock of the store. */
  readonly modified: number;
  readonly bytes: number;
}

/** A shard that the manifest names is not there. */
export class ShardMissingError extends Error {
  override readonly name = 'ShardMissingError';
  /** Of the shard, where it is known. */
  key?: string;
}

/** S3 took the request and yet kept some of the shards. */
export class ShardsNotDeletedError extends Error {
  override readonly name = 'ShardsNotDeletedError';

  constructor(count: number, code: string | undefined) {
    super(`S3 has not deleted ${count} shards: ${code}.`);
  }
}

export const shardKey = (generation: string, index: IndexName, id: string) =>
  `${generation}/${index}/${id}.shard`;

/** @returns undefined for a key that {@link shardKey} never makes */
function parseShardKey(key: string): Pick<StoredShard, 'generation' | 'index'> | undefined {
  const [, generation, name] = /^([^/]+)\/([^/]+)\/[^/]+\.shard$/.exec(key) ?? [];
  const index = INDEX_NAMES.find((known) => known === name);
  return generation === undefined || index === undefined ? undefined : { generation, index };
}

/** One range request moves this much; several at once fill the connection of a function. */
const RANGE_BYTES = 8 * 1024 * 1024;
const PARALLEL_RANGES = 8;
/** How often a range is asked for whose body does not arrive. */
const BODY_ATTEMPTS = 4;
/** Limit of the S3 API. */
const DELETE_KEYS = 1000;

export class S3ShardStore implements ShardStore {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  /** Unconditional, so that the SDK may put the same once more when the answer is lost. */
  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#client.send(
      new PutObjectCommand({
        Bucket: this.#bucket,
        Key: key,
        Body: bytes,
        ContentType: 'application/octet-stream',
      }),
    );
  }

  async get(key: string, bytes: number): Promise<Uint8Array> {
    const whole = allocate(bytes);
    await this.read(key, 0, whole);
    return whole;
  }

  async read(key: string, start: number, place: Uint8Array): Promise<void> {
    const ranges = Array.from(
      { length: Math.ceil(place.length / RANGE_BYTES) },
      (_, i) => i * RANGE_BYTES,
    );
    let next = 0;
    const worker = async () => {
      while (next < ranges.length) {
        const from = ranges[next++] ?? 0;
        await this.#read(key, start + from, place.subarray(from, from + RANGE_BYTES));
      }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL_RANGES, ranges.length) }, worker));
  }

  /**
   * One range. A body that is cut off on its way, which the SDK does not repeat, is asked for again from there
   * on.
   */
  async #read(key: string, start: number, place: Uint8Array): Promise<void> {
    let length = 0;
    for (let tries = 1; ; tries++) {
      const body = await this.#range(key, start + length, start + place.length);
      try {
        for await (const chunk of body) {
          if (length + chunk.length > place.length) break;
          place.set(chunk, length);
          length += chunk.length;
        }
        break;
      } catch (error) {
        if (tries === BODY_ATTEMPTS) throw error;
      }
      if (length === place.length) break;
    }
    if (length < place.length) throw new ShardCorruptError(`Shard ${key} is cut short.`);
  }

  /** @param end exclusive */
  async #range(key: string, start: number, end: number): Promise<AsyncIterable<Uint8Array>> {
    try {
      const { Body } = await this.#client.send(
        new GetObjectCommand({
          Bucket: this.#bucket,
          Key: key,
          Range: `bytes=${start}-${end - 1}`,
        }),
      );
      if (!(Body instanceof Readable)) throw new TypeError('S3 answers with a stream.');
      return Body;
    } catch (error) {
      if (error instanceof NoSuchKey) {
        throw new ShardMissingError(`There is no shard ${key}.`, { cause: error });
      }
      if (error instanceof S3ServiceException && error.name === 'InvalidRange') {
        throw new ShardCorruptError(`Shard ${key} is cut short.`, { cause: error });
      }
      throw error;
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (let i = 0; i < keys.length; i += DELETE_KEYS) {
      const Objects = keys.slice(i, i + DELETE_KEYS).map((Key) => ({ Key }));
      const { Errors = [] } = await this.#client.send(
        new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } }),
      );
      const [first] = Errors;
      if (first !== undefined) throw new ShardsNotDeletedError(Errors.length, first.Code);
    }
  }

  async *list(generation?: string): AsyncGenerator<StoredShard> {
    const Prefix = generation === undefined ? undefined : `${generation}/`;
    let ContinuationToken: string | undefined;
    do {
      const page = await this.#client.send(
        new ListObjectsV2Command({ Bucket: this.#bucket, Prefix, ContinuationToken }),
      );
      for (const { Key: key = '', LastModified, Size: bytes = 0 } of page.Contents ?? []) {
        const named = parseShardKey(key);
        if (named && LastModified) yield { key, ...named, modified: LastModified.getTime(), bytes };
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }

  async deleteGeneration(generation: string): Promise<void> {
    for (;;) {
      const { Contents } = await this.#client.send(
        new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: `${generation}/` }),
      );
      const keys = (Contents ?? []).flatMap(({ Key }) => Key ?? []);
      if (keys.length === 0) return;
      await this.delete(keys);
    }
  }
}
