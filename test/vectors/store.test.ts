/** Shards in S3: whole or not at all. */
import { Readable } from 'node:stream';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { residentKernel } from '../../layers/vectors/kernel/memory.ts';
import { ShardCorruptError } from '../../layers/vectors/shard.ts';
import { S3ShardStore, ShardMissingError, shardKey } from '../../layers/vectors/store.ts';
import { intercept } from '../support/faults.ts';
import { Random } from '../support/random.ts';
import { openStore, type TestStore } from '../support/tables.ts';

const MIB = 1024 * 1024;

let objects: TestStore;
let bucket: string;
let buckets = 0;
beforeAll(async () => {
  objects = await openStore();
});
afterAll(() => objects.close());
beforeEach(async () => {
  bucket = `shards-${buckets++}`;
  await objects.createBucket(bucket);
});

const newStore = () => new S3ShardStore(objects.connect(), bucket);

function noise(length: number): Buffer {
  const random = new Random(length);
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i += 997) bytes[i] = random.below(256);
  return bytes;
}

describe('S3ShardStore', () => {
  it.each([1, 8 * MIB, 8 * MIB + 1, 20 * MIB])(
    'gives back %i bytes as they were',
    async (length) => {
      const store = newStore();
      const bytes = noise(length);
      await store.put('key', bytes);
      expect(Buffer.compare(await store.get('key', length), bytes)).toBe(0);
    },
  );

  it('puts what is large where the kernel reads it in place', async () => {
    const store = newStore();
    await store.put('key', noise(2 * MIB));
    const { buffer } = await store.get('key', 2 * MIB);
    expect(residentKernel(buffer)).toBeDefined();
  });

  it('puts a shard once more when the answer is lost', async () => {
    const client = objects.connect();
    intercept(client, (call) => call.proceedTwice());
    await new S3ShardStore(client, bucket).put('key', noise(100));
    expect(Buffer.compare(await newStore().get('key', 100), noise(100))).toBe(0);
  });

  it('says what is missing', async () => {
    await expect(newStore().get('nothing', 10)).rejects.toThrow(ShardMissingError);
    await expect(newStore().get('nothing', 20 * MIB)).rejects.toThrow(ShardMissingError);
  });

  it('says what is cut short before one of its parts', async () => {
    const Body = noise(9 * MIB);
    await objects.connect().send(new PutObjectCommand({ Bucket: bucket, Key: 'key', Body }));
    await expect(newStore().get('key', 20 * MIB)).rejects.toThrow(ShardCorruptError);
  });

  /** Answers whose bodies break off after so many bytes each, the first `times` of them. */
  function breaking(times: number, after: number) {
    const client = objects.connect();
    let answers = 0;
    intercept(client, async (call) => {
      const output = await call.proceed();
      if (call.operation !== 'GetObject' || ++answers > times) return output;
      const [body] = await (output['Body'] as Readable).toArray();
      const chunks = async function* () {
        yield body.subarray(0, after);
        throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
      };
      return { ...output, Body: Readable.from(chunks()) };
    });
    return { store: new S3ShardStore(client, bucket), asked: () => answers };
  }

  it('asks again for what did not arrive of a body', async () => {
    const bytes = noise(1000);
    await newStore().put('key', bytes);
    const { store, asked } = breaking(3, 300);
    expect(Buffer.compare(await store.get('key', 1000), bytes)).toBe(0);
    expect(asked()).toBe(4);
  });

  it('fails when bodies break off again and again', async () => {
    await newStore().put('key', noise(1000));
    await expect(breaking(100, 10).store.get('key', 1000)).rejects.toThrow('aborted');
  });

  it('deletes what it is told to and no more, however often', async () => {
    const store = newStore();
    for (const key of ['a', 'b', 'c']) await store.put(key, noise(10));
    for (let i = 0; i < 2; i++) await store.delete(['a', 'c', 'never there']);
    await store.delete([]);
    expect(await objects.keys(bucket)).toEqual(['b']);
  });

  it('deletes a generation and no other', async () => {
    const store = newStore();
    const kept = [shardKey('g1', 'faces', 'a'), shardKey('g12', 'faces', 'a')];
    const gone = [
      shardKey('g', 'faces', 'a'),
      shardKey('g', 'faces', 'b'),
      shardKey('g', 'users', 'a'),
    ];
    for (const key of [...kept, ...gone]) await store.put(key, noise(10));
    await store.deleteGeneration('g');
    await store.deleteGeneration('g');
    expect((await objects.keys(bucket)).sort()).toEqual(kept.sort());
  });

  it('fails when S3 does not delete what it was told to', async () => {
    const client = objects.connect();
    await newStore().put(shardKey('g', 'faces', 'a'), noise(10));
    intercept(client, async (call) =>
      call.operation === 'DeleteObjects'
        ? { Errors: [{ Key: shardKey('g', 'faces', 'a'), Code: 'AccessDenied' }] }
        : call.proceed(),
    );
    const store = new S3ShardStore(client, bucket);
    await expect(store.deleteGeneration('g')).rejects.toThrow(/AccessDenied/);
    await expect(store.delete([shardKey('g', 'faces', 'a')])).rejects.toThrow(/AccessDenied/);
  });
});
