/** S3 in memory: the operations that shards need. */
import { Readable } from 'node:stream';
import { NoSuchKey, S3ServiceException } from '@aws-sdk/client-s3';
import type { Fields } from '../faults.ts';
import { KEYS_PER_PAGE, type TestStore } from '../tables.ts';
import { storeClient } from './client.ts';

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly modified: Date;
}

/** By key. */
type Bucket = Map<string, StoredObject>;

const META = { message: 'from the store in memory', $metadata: {} };
export function memoryStore(): TestStore {
  const buckets = new Map<string, Bucket>();
  const bucket = (name: unknown): Bucket => {
    const found = buckets.get(String(name));
    if (found === undefined) throw new RangeError(`There is no bucket ${name}.`);
    return found;
  };
  const operations: Readonly<Record<string, (input: Fields) => Fields>> = {
    PutObject({ Bucket, Key, Body }) {
      const bytes = new Uint8Array(Body as Uint8Array);
      bucket(Bucket).set(String(Key), { bytes, modified: new Date() });
      return {};
    },
    GetObject({ Bucket, Key, Range }) {
      const found = bucket(Bucket).get(String(Key));
      if (found === undefined) throw new NoSuchKey({ ...META });
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(String(Range)) ?? [];
      const bytes = found.bytes.slice(Number(from), Number(to) + 1);
      if (bytes.length === 0)
        throw new S3ServiceException({ ...META, name: 'InvalidRange', $fault: 'client' });
      const Body = Object.assign(Readable.from([bytes]), {
        transformToByteArray: async () => bytes,
      });
      return { Body };
    },
    DeleteObject({ Bucket, Key }) {
      bucket(Bucket).delete(String(Key));
      return {};
    },
    DeleteObjects({ Bucket, Delete }) {
      const { Objects } = Delete as { Objects: { Key: string }[] };
      for (const { Key } of Objects) bucket(Bucket).delete(Key);
      return {};
    },
    ListObjectsV2({ Bucket, Prefix = '', ContinuationToken = '' }) {
      const keys = [...bucket(Bucket).keys()]
        .sort()
        .filter((key) => key.startsWith(String(Prefix)) && key > String(ContinuationToken));
      const page = keys.slice(0, KEYS_PER_PAGE);
      const Contents = page.map((Key) => ({
        Key,
        LastModified: bucket(Bucket).get(Key)?.modified,
        Size: bucket(Bucket).get(Key)?.bytes.length,
      }));
      return keys.length > page.length
        ? { Contents, NextContinuationToken: page.at(-1) }
        : { Contents };
    },
  };
  return {
    connect: () =>
      storeClient((operation, input) => {
        const serve = operations[operation];
        if (serve === undefined) throw new RangeError(`Nobody serves ${operation}.`);
        return serve(input);
      }),
    async createBucket(name) {
      buckets.set(name, new Map());
    },
    async keys(name) {
      return [...bucket(name).keys()].sort();
    },
    async close() {
      buckets.clear();
    },
  };
}
