/** Shards in memory: loaded once, forgotten when there is no room, asked for again after a failure. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ShardReference } from '../../layers/records/index.ts';
import { ShardCache } from '../../layers/vectors/cache.ts';
import { footprint } from '../../layers/vectors/kernel/memory.ts';
import { decodeShard, encodeShard, ShardCorruptError } from '../../layers/vectors/shard.ts';
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

  async read(key: string, start: number, place: Uint8Array): Promise<void> {
    this.loaded.push(`${key} ${start === 0 ? 'upper' : 'lower'}`);
    const bytes = this.objects.get(key);
    if (bytes === undefined) throw new ShardMissingError(key);
    place.set(bytes.subarray(start, start + place.length));
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

  describe('of shards that are read in parts', () => {
    const MIB = 1024 * 1024;
    const DIMENSION = 16_384;
    const COUNT = 64;
    let bytes = 0;
    beforeEach(async () => {
      for (const key of ['a', 'b']) {
        await store.put(key, encodeShard(key, DIMENSION, shardOf(DIMENSION, COUNT)));
      }
      bytes = store.objects.get('a')?.length ?? 0;
      expect(bytes).toBeGreaterThan(MIB);
    });
    const large = (key: string): ShardReference => ({ key, count: COUNT, bytes });

    it('counts the memory that a large shard takes, not only its bytes', async () => {
      for (const [limit, again] of [
        [2 * footprint(bytes), []],
        [2 * footprint(bytes) - 1, ['a upper', 'a lower']],
      ] as const) {
        store.loaded.length = 0;
        const cache = new ShardCache(store, limit);
        for (const key of ['a', 'b', 'a']) await cache.get(large(key));
        expect(store.loaded).toEqual(['a upper', 'a lower', 'b upper', 'b lower', ...again]);
      }
      expect(footprint(bytes)).toBeGreaterThan(bytes);
    });

    it('reads the upper plane for a search, the lower one when it is needed, each once', async () => {
      const cache = new ShardCache(store, 4 * bytes);
      const [one, other] = await Promise.all([
        cache.getUpper(large('a')),
        cache.getUpper(large('a')),
      ]);
      expect(one).toBe(other);
      expect(one.lower).toBeUndefined();
      expect(store.loaded).toEqual(['a upper']);
      await Promise.all([cache.get(large('a')), cache.get(large('a'))]);
      expect((await cache.getUpper(large('a'))).lower).toBeDefined();
      const { lower } = await cache.get(large('a'));
      const written = decodeShard(store.objects.get('a') ?? new Uint8Array());
      expect(Buffer.compare(lower ?? one.ids, written.lower ?? other.ids)).toBe(0);
      expect(store.loaded).toEqual(['a upper', 'a lower']);
    });

    it('has room for twice as many shards without their lower planes', async () => {
      const cache = new ShardCache(store, footprint(bytes) + MIB / 4);
      for (const key of ['a', 'b', 'a', 'b']) await cache.getUpper(large(key));
      expect(store.loaded).toEqual(['a upper', 'b upper']);
      // There is no room for another plane, so nothing is loaded ahead; what is needed drives others out.
      await cache.loadAhead([large('a'), large('b')]);
      expect(store.loaded).toEqual(['a upper', 'b upper']);
      await cache.get(large('b'));
      expect([cache.has({ key: 'a' }), cache.has({ key: 'b' })]).toEqual([false, true]);
    });

    it('loads ahead what there is room for, and forgets what fails', async () => {
      const cache = new ShardCache(store, 4 * bytes);
      await cache.getUpper(large('a'));
      await cache.loadAhead([large('a'), large('b')]);
      expect(store.loaded).toEqual(['a upper', 'a lower']);
      await cache.getUpper(large('b'));
      const good = store.objects.get('b') ?? new Uint8Array();
      await store.put(
        'b',
        good.map((byte, i) => (i === bytes - 1 ? byte ^ 1 : byte)),
      );
      await cache.loadAhead([large('a'), large('b')]);
      expect(cache.has({ key: 'b' })).toBe(false);
      await store.put('b', good);
      expect((await cache.get(large('b'))).faceModel).toBe('b');
    });

    it.each([
      ['upper', 100, 'a'],
      ['lower', -1, 'a'],
    ])('notices damage in the %s plane when it is read', async (plane, at) => {
      const good = store.objects.get('a') ?? new Uint8Array();
      const place = at < 0 ? bytes + at : at;
      await store.put(
        'a',
        good.map((byte, i) => (i === place ? byte ^ 1 : byte)),
      );
      const cache = new ShardCache(store, 4 * bytes);
      const upper = cache.getUpper(large('a'));
      if (plane === 'upper') await expect(upper).rejects.toThrow(ShardCorruptError);
      else expect((await upper).count).toBe(COUNT);
      await expect(cache.get(large('a'))).rejects.toThrow(ShardCorruptError);
      await store.put('a', good);
      expect((await cache.get(large('a'))).count).toBe(COUNT);
    });
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
