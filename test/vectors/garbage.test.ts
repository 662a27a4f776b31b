/** Objects that nobody needs are deleted, and nothing else is, whatever happens at the same time. */
import { randomUUID } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { collectGarbage } from '../../layers/vectors/index.ts';
import type { StoredShard } from '../../layers/vectors/store.ts';
import { Random } from '../support/random.ts';
import {
  DIMENSION,
  face,
  MINUTES,
  openServices,
  type Services,
  TestCollection,
} from './collection.ts';

let services: Services;
let test: TestCollection;
let random: Random;
beforeAll(async () => {
  services = await openServices();
});
afterAll(() => services.close());
beforeEach(async () => {
  test = await TestCollection.create(services);
  random = new Random(3);
});

const faces = (count: number) =>
  Array.from({ length: count }, () => face(random.unitVector(DIMENSION)));

/** Collects at the given age of all objects of the collection. */
function collect(age: number): Promise<string[]> {
  const { records, collection } = test;
  const store = test.store();
  async function* aged(): AsyncGenerator<StoredShard> {
    for await (const shard of store.list(collection.generation))
      yield { ...shard, modified: test.now - age };
  }
  return collectGarbage({
    records,
    store: { list: aged, delete: (keys) => store.delete(keys) },
    clock: () => test.now,
  });
}

/** A fold that dies between its put and its swap. @returns the keys of what it has put */
async function abandonedFold(): Promise<string[]> {
  const before = await test.shardKeys();
  const dead = new Error('dead');
  const { records } = test;
  await expect(
    test.fold({
      records: {
        tail: records.tail,
        manifests: {
          get: (...args) => records.manifests.get(...args),
          swap: async () => {
            throw dead;
          },
        },
      },
    }),
  ).rejects.toBe(dead);
  return (await test.shardKeys()).filter((key) => !before.includes(key));
}

describe('the shard of a fold that died', () => {
  it('goes when it is older than any fold takes, and not before', async () => {
    await test.add(...faces(3));
    await test.fold();
    await test.add(...faces(3));
    const abandoned = await abandonedFold();
    expect(abandoned).toHaveLength(1);
    expect(await collect(30 * MINUTES)).toEqual([]);
    expect(await collect(30 * MINUTES + 1)).toEqual(abandoned);
    expect(await collect(30 * MINUTES + 1)).toEqual([]);
    expect((await test.state()).shards.flat()).toHaveLength(3);
  });

  it('goes when the collection was purged meanwhile', async () => {
    await test.add(...faces(3));
    const generation = await test.records.collections.delete(test.collection.id);
    await test.records.purges.deleteItems(generation);
    await test.records.purges.finish(generation);
    const orphan = `${generation}/faces/${randomUUID()}.shard`;
    await test.store().put(orphan, new Uint8Array([1]));
    expect(await collect(30 * MINUTES + 1)).toEqual([orphan]);
    expect(await test.shardKeys()).toEqual([]);
  });
});

describe('a shard that was replaced', () => {
  it('goes when no reader can have it any more, without a fold', async () => {
    await test.add(...faces(2));
    await test.fold();
    const [first = ''] = await test.shardKeys();
    await test.add(...faces(2));
    await test.fold();
    test.now += 15 * MINUTES;
    expect(await collect(100 * MINUTES)).toEqual([]);
    test.now += 1;
    expect(await collect(0)).toEqual([first]);
    // The next fold deletes it once more, to no harm.
    expect((await test.fold()).outcome).toBe('folded');
    expect((await test.state()).retired).toBe(0);
  });
});

describe('a shard that is in use', () => {
  it('stays, however old it is', async () => {
    for (let i = 0; i < 3; i++) {
      await test.add(...faces(5 ** (3 - i)));
      await test.fold();
    }
    const before = await test.shardKeys();
    expect(before.length).toBeGreaterThan(1);
    expect(await collect(10_000 * MINUTES)).toEqual([]);
    expect(await test.shardKeys()).toEqual(before);
  });

  it('stays when it was named after the listing', async () => {
    await test.add(...faces(3));
    const { tail, manifests } = test.records;
    const store = test.store();
    const listed: StoredShard[] = [];
    const swap: typeof manifests.swap = async (...args) => {
      for await (const shard of store.list(test.collection.generation))
        listed.push({ ...shard, modified: 0 });
      return manifests.swap(...args);
    };
    const get: typeof manifests.get = (...args) => manifests.get(...args);
    await test.fold({ records: { tail, manifests: { get, swap } } });
    expect(listed).toHaveLength(1);
    const result = await collectGarbage({
      records: { manifests },
      store: {
        async *list() {
          yield* listed;
        },
        delete: (keys) => store.delete(keys),
      },
      clock: () => test.now,
    });
    expect(result).toEqual([]);
    expect((await test.state()).shards.flat()).toHaveLength(3);
  });
});

describe('a collector', () => {
  it('leaves objects alone that have no name of a shard', async () => {
    const { generation } = test.collection;
    const others = [`${generation}/faces/a.txt`, `${generation}/other/a.shard`, `a/b/c/d.shard`];
    for (const Key of others) {
      await test.s3.send(new PutObjectCommand({ Bucket: test.bucket, Key, Body: 'x' }));
    }
    expect(await collect(10_000 * MINUTES)).toEqual([]);
    const keys = await services.objects.keys(test.bucket);
    for (const key of others) expect(keys).toContain(key);
  });

  it('looks at every index of every generation, over the pages of a listing', async () => {
    const shards = Array.from({ length: 2500 }, (_, i): StoredShard => {
      const generation = String(Math.floor(i / 500));
      const index = i % 500 < 250 ? 'faces' : 'users';
      const key = `${generation}/${index}/${String(i).padStart(4, '0')}.shard`;
      return { key, generation, index, modified: 0, bytes: 0 };
    });
    const read: string[] = [];
    const deleted: string[] = [];
    const collected = await collectGarbage({
      records: {
        manifests: {
          async get(generation, index) {
            read.push(`${generation} ${index}`);
            return { version: 0, shards: [], retired: [] };
          },
        },
      },
      store: {
        async *list() {
          yield* shards;
        },
        delete: async (keys) => void deleted.push(...keys),
      },
      clock: () => test.now,
    });
    expect(read).toEqual(['0', '1', '2', '3', '4'].flatMap((g) => [`${g} faces`, `${g} users`]));
    expect(collected).toHaveLength(2500);
    expect(deleted).toEqual(collected);
  });
});
