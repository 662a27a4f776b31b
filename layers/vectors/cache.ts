/**
 * Shards in memory, by key, within a limit of bytes; the least recently used go first.
 *
 * Keys name immutable contents, so an entry is never stale. Callers that want the same shard at the same
 * time share one download. Planes are loaded one by one: the upper one for whoever searches, the lower one when
 * it is needed, or ahead where there is room.
 */
import type { ShardReference } from '../records/index.ts';
import { footprint } from './kernel/memory.ts';
import type { Loaded } from './loading.ts';
import { loadLower, loadUpper, upperBytes } from './loading.ts';
import type { Shard } from './shard.ts';
import { ShardCorruptError } from './shard.ts';
import type { ShardStore } from './store.ts';
import { ShardMissingError } from './store.ts';

interface Entry {
  readonly upper: Promise<Loaded>;
  /** With both planes, if somebody has asked for them. */
  whole?: Promise<Shard>;
  /** The same once it is there. */
  shard?: Shard;
  bytes: number;
}

export class ShardCache {
  readonly #store: Pick<ShardStore, 'get' | 'read'>;
  readonly #limit: number;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  /** @param limit bytes; one shard is kept however large it is */
  constructor(store: Pick<ShardStore, 'get' | 'read'>, limit: number) {
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

  /** A shard with both planes. @throws ShardMissingError, ShardCorruptError */
  async get(reference: ShardReference): Promise<Shard> {
    const entry = this.#use(reference);
    return this.#loaded(reference.key, entry, this.#whole(reference, entry));
  }

  /** What is there of a shard, but at least its upper plane. @throws ShardMissingError, ShardCorruptError */
  async getUpper(reference: ShardReference): Promise<Shard> {
    const entry = this.#use(reference);
    if (entry.shard !== undefined) return entry.shard;
    return (await this.#loaded(reference.key, entry, entry.upper)).shard;
  }

  /**
   * Loads lower planes that are missing, as far as there is room for them; nobody has to wait for it. What
   * fails is asked for again when it is needed.
   */
  async loadAhead(references: readonly ShardReference[]): Promise<void> {
    for (const reference of references) {
      const entry = this.#entries.get(reference.key);
      if (entry === undefined || entry.whole !== undefined) continue;
      if (this.#bytes - entry.bytes + footprint(reference.bytes) > this.#limit) return;
      await this.#loaded(reference.key, entry, this.#whole(reference, entry)).catch(
        () => undefined,
      );
    }
  }

  #use(reference: ShardReference): Entry {
    const { key } = reference;
    const known = this.#entries.get(key);
    if (known !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known;
    }
    const bytes = footprint(upperBytes(reference));
    const entry: Entry = { upper: loadUpper(this.#store, reference), bytes };
    this.#entries.set(key, entry);
    this.#bytes += bytes;
    this.#evict();
    return entry;
  }

  #whole(reference: ShardReference, entry: Entry): Promise<Shard> {
    if (entry.whole !== undefined) return entry.whole;
    this.#grow(reference, entry);
    entry.whole = entry.upper.then(async (loaded) => {
      entry.shard = await loadLower(this.#store, reference, loaded);
      return entry.shard;
    });
    return entry.whole;
  }

  /** Counts the lower plane of an entry as well. */
  #grow({ key, bytes }: ShardReference, entry: Entry): void {
    const whole = footprint(bytes);
    if (this.#entries.get(key) === entry) this.#bytes += whole - entry.bytes;
    entry.bytes = whole;
    this.#evict();
  }

  /** An entry that cannot be loaded is forgotten. */
  async #loaded<T>(key: string, entry: Entry, loading: Promise<T>): Promise<T> {
    try {
      return await loading;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#forget(key);
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
