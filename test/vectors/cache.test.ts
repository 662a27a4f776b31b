/** Shards in memory: loaded once, forgotten when there is no room, asked for again after a failure. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ShardReference } from '../../layers/records/index.ts';
import { ShardCache } from '../../layers/vectors/cache.ts';
import { footprint } from '../../layers/vectors/kernel/memory.ts';
import { encodeShard, ShardCorruptError } from '../../layers/vectors/shard.ts';
import { ShardMissingError, type ShardStore } from '../../layers/vectors/store.ts';

/** A store in memory that remembers what it was asked for. */
class MemoryStore implements ShardStore {
  readonly objects = new Map<string, Uint8Array>();
  readonly loaded: string[] = [];

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.objects.set(key, bytes);
  }

  async get(key: string): Promise<Uint8Array> {
    this.loaded.push(key);
    const bytes = this.objects.get(key);
    if (bytes === undefined) throw new ShardMissingError(key);
    return bytes;
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.objects.delete(key);
  }

  async *list(): AsyncGenerator<never> {}

  async deleteGeneration(): Promise<void> {
    this.objects.clear();
  }
}

const BYTES = encodeShard('1.0', 4, []).length;
let store: MemoryStore;
beforeEach(async () => {
  store = new MemoryStore();
  for (const key of ['a', 'b', 'c']) await store.put(key, encodeShard(key, 4, []));
});

const reference = (key: string): ShardReference => ({ key, count: 0, bytes: BYTES });

/** Vectors of zeros. */
const shardOf = (dimension: number, count: number) =>
  Array.from({ length: count }, () => ({ id: randomUUID(), vector: new Float32Array(dimension) }));

describe('ShardCache', () => {
  it('loads a shard once, also for those who ask at the same time', async () => {
    const cache = new ShardCache(store, 10 * BYTES);
    const both = await Promise.all([cache.get(reference('a')), cache.get(reference('a'))]);
    expect(both[0]).toBe(both[1]);
    expect(await cache.get(reference('a'))).toMatchObject({ faceModel: 'a' });
    expect(store.loaded).toEqual(['a']);
  });

  it('forgets what was used longest ago when there is no room', async () => {
    const cache = new ShardCache(store, 2 * BYTES);
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await cache.get(reference(key));
    expect(store.loaded).toEqual(['a', 'b', 'c', 'b']);
  });

  it('keeps one shard that is larger than all the room', async () => {
    const cache = new ShardCache(store, 1);
    for (const key of ['a', 'a', 'b', 'b']) await cache.get(reference(key));
    expect(store.loaded).toEqual(['a', 'b']);
  });

  it('counts the memory that a large shard takes, not only its bytes', async () => {
    const MIB = 1024 * 1024;
    for (const key of ['a', 'b']) {
      await store.put(key, encodeShard(key, MIB / 64, shardOf(MIB / 64, 64)));
    }
    const bytes = store.objects.get('a')?.length ?? 0;
    for (const [limit, loaded] of [
      [2 * footprint(bytes), ['a', 'b']],
      [2 * footprint(bytes) - 1, ['a', 'b', 'a']],
    ] as const) {
      store.loaded.length = 0;
      const cache = new ShardCache(store, limit);
      for (const key of ['a', 'b', 'a']) await cache.get({ key, count: 64, bytes });
      expect(store.loaded).toEqual(loaded);
    }
    expect(footprint(bytes)).toBeGreaterThan(bytes);
  });

  it('asks again for what was missing or damaged', async () => {
    const cache = new ShardCache(store, 10 * BYTES);
    const [good] = [store.objects.get('a') ?? new Uint8Array()];
    await store.delete(['a']);
    await expect(cache.get(reference('a'))).rejects.toThrow(ShardMissingError);
    await store.put('a', good.slice(0, -1));
    await expect(cache.get(reference('a'))).rejects.toThrow(ShardCorruptError);
    await store.put('a', good);
    expect(await cache.get(reference('a'))).toMatchObject({ faceModel: 'a' });
  });
});
