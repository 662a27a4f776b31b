/**
 * Shards in memory, by key, within a limit of bytes; the least recently used go first.
 *
 * Keys name immutable contents, so an entry is never stale. Callers that want the same shard at the same
 * time share one download.
 */
import type { ShardReference } from '../records/index.ts';
import { footprint } from './kernel/memory.ts';
import type { Shard } from './shard.ts';
import { decodeShard, ShardCorruptError } from './shard.ts';
import { ShardMissingError, type ShardStore } from './store.ts';

export class ShardCache {
  readonly #store: ShardStore;
  readonly #limit: number;
  readonly #entries = new Map<string, { shard: Promise<Shard>; bytes: number }>();
  #bytes = 0;

  /** @param limit bytes; one shard is kept however large it is */
  constructor(store: ShardStore, limit: number) {
    this.#store = store;
    this.#limit = limit;
  }

  /** Bytes. */
  get limit(): number {
    return this.#limit;
  }

  /** Whether a shard is in memory, or on the way. */
  has({ key }: Pick<ShardReference, 'key'>): boolean {
    return this.#entries.has(key);
  }

  /** @throws ShardMissingError, ShardCorruptError */
  async get({ key, bytes }: ShardReference): Promise<Shard> {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known.shard;
    }
    const shard = this.#store.get(key, bytes).then(decodeShard);
    const held = footprint(bytes);
    this.#entries.set(key, { shard, bytes: held });
    this.#bytes += held;
    this.#evict();
    try {
      return await shard;
    } catch (error) {
      this.#forget(key);
      if (error instanceof ShardMissingError || error instanceof ShardCorruptError) error.key = key;
      throw error;
    }
  }

  #evict(): void {
    for (const key of this.#entries.keys()) {
      if (this.#bytes <= this.#limit || this.#entries.size <= 1) return;
      this.#forget(key);
    }
  }

  #forget(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}
