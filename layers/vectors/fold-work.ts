/** What becomes of the shards of an index in one fold, and what is left to the next. */
import type { Collection, Manifest, Removals, Renewal, ShardReference } from '../records/index.ts';
import { Cleared } from './cleared.ts';
import type { FoldLimits, FoldOptions } from './fold-options.ts';
import { encodeIdList, idListKey, objectsOf, readIdList } from './id-list.ts';
import { ordered } from './ordered.ts';
import { blocksOf, chooseMerged, mostRows } from './plan.ts';
import { beginRenewal, readSegment } from './renewal.ts';
import { restoreShard } from './restore.ts';
import type { Row, Shard } from './shard.ts';
import { decodeShard, encodeRows, ShardCorruptError } from './shard.ts';
import { ShardMissingError, shardKey } from './store.ts';

export interface FoldWorkOptions {
  readonly collection: Collection;
  readonly manifest: Manifest;
  /** Those of earlier folds and of this one. */
  readonly notes: readonly Removals[];
  readonly limits: FoldLimits;
  /** When the fold began: milliseconds. */
  readonly started: number;
  readonly options: FoldOptions;
}

export class FoldWork {
  /** A shard was made anew from the records. */
  rebuilt = false;
  readonly #collection: Collection;
  readonly #options: FoldOptions;
  readonly #limits: FoldLimits;
  readonly #started: number;
  /** That of the manifest that comes of this. */
  readonly #version: number;
  readonly #cleared: Cleared;
  /** Those that the manifest is to name, as far as it is known. */
  #shards: readonly ShardReference[];
  readonly #retired: string[] = [];
  readonly #written: string[] = [];
  readonly #lost = new Set<string>();
  /** The list of whose ids is lost. */
  readonly #unlisted = new Set<string>();
  #renewal: Renewal | undefined;
  #rewrites = 0;

  constructor({ collection, manifest, notes, limits, started, options }: FoldWorkOptions) {
    this.#collection = collection;
    this.#options = options;
    this.#limits = limits;
    this.#started = started;
    this.#version = manifest.version + 1;
    this.#cleared = new Cleared(notes);
    this.#shards = manifest.shards;
    this.#renewal = manifest.renewal;
  }

  /** How many shards are still to be gone over or made anew. */
  get left(): number {
    const { segments = 0, done = 0 } = this.#renewal ?? {};
    return this.#due().length + segments - done;
  }

  /** Finds what is lost of the shards that there are doubts about. */
  async examine(): Promise<void> {
    const { shards: trust = 'trusted', suspect, store } = this.#options;
    if (trust === 'anew') return this.#renewAll();
    for (const reference of this.#kept()) {
      const { key, bytes } = reference;
      if (trust !== 'checked' && key !== suspect) continue;
      const shard = await unlessLost(async () => decodeShard(await store.get(key, bytes)));
      if (shard === undefined) this.#lost.add(key);
      else if ((await readIdList(reference, store)) === undefined) this.#unlisted.add(key);
    }
  }

  /** Merges what is new with the smallest shards. */
  async takeIn(alive: readonly Row[]): Promise<void> {
    if (alive.length === 0) return;
    const merged: ShardReference[] = [];
    const rows = [...alive];
    const most = mostRows(this.#options.dimension);
    for (const reference of chooseMerged(this.#kept(), alive.length, most)) {
      const living = await this.#livingRows(reference);
      if (living === undefined) continue;
      merged.push(reference);
      for (const row of living) rows.push(row);
    }
    await this.#replace(merged, ordered(rows));
  }

  /** Goes on with what is due, as far as one fold may. */
  async goOn(): Promise<void> {
    for (;;) {
      const [next] = this.#due();
      if (next === undefined || !this.#mayGoOn()) break;
      await this.#goOver(next);
    }
    while (this.#renewal !== undefined && this.#mayGoOn()) {
      await this.#renewSegment(this.#renewal);
    }
  }

  /** What the manifest is to say. */
  outcome(): Pick<Manifest, 'shards' | 'renewal'> & { readonly retired: readonly string[] } {
    return {
      shards: this.#shards,
      retired: this.#retired,
      ...(this.#renewal && { renewal: this.#renewal }),
    };
  }

  /** The notes that every shard follows by now. */
  followed(): Removals[] {
    return this.#cleared.followedBy(this.#kept());
  }

  /** Deletes what was written, when it is not to be named. */
  async undo(): Promise<void> {
    await this.#options.store.delete(objectsOf(this.#written));
  }

  /** A shard that is lost comes first, then those that have waited longest. */
  #due(): ShardReference[] {
    const age = ({ key, clearedAt = 0 }: ShardReference) => (this.#lost.has(key) ? -1 : clearedAt);
    const isLost = ({ key }: ShardReference) => this.#lost.has(key) || this.#unlisted.has(key);
    return this.#kept()
      .filter((shard) => isLost(shard) || this.#cleared.isDue(shard))
      .sort((a, b) => age(a) - age(b));
  }

  /** Those that no renewal is about to replace. */
  #kept(): ShardReference[] {
    const replaced = new Set(this.#renewal?.replaced);
    return this.#shards.filter(({ key }) => !replaced.has(key));
  }

  /** Something is done by every fold. */
  #mayGoOn(): boolean {
    if (this.#rewrites === 0) return true;
    const elapsed = this.#options.clock() - this.#started;
    return this.#rewrites < this.#limits.rewrites && elapsed < this.#limits.milliseconds;
  }

  /** Has a shard follow all notes. */
  async #goOver(reference: ShardReference): Promise<void> {
    if (!this.#lost.has(reference.key)) {
      const ids = await readIdList(reference, this.#options.store);
      if (ids !== undefined && !this.#cleared.concerns(reference, ids)) {
        return this.#note(reference);
      }
    }
    this.#rewrites++;
    const rows = await this.#livingRows(reference);
    if (rows !== undefined) await this.#replace([reference], ordered(rows));
  }

  #note(reference: ShardReference): void {
    const followed = { ...reference, clearedAt: this.#version };
    this.#shards = this.#shards.map((shard) => (shard.key === reference.key ? followed : shard));
  }

  /**
   * The rows of a shard that are to stay, or if it is lost, those of its records.
   * @returns nothing if it is not known which those are; then all shards are made anew
   */
  async #livingRows(reference: ShardReference): Promise<Row[] | undefined> {
    const shard = this.#lost.has(reference.key)
      ? undefined
      : await unlessLost(() => this.#read(reference));
    if (shard !== undefined) return this.#cleared.living(reference, shard);
    this.#lost.add(reference.key);
    const parts = await restoreShard(this.#collection, reference, this.#options);
    if (parts === undefined) {
      await this.#renewAll();
      return undefined;
    }
    this.rebuilt = true;
    return parts.flatMap((part) => this.#cleared.living(reference, part));
  }

  /** Past the cache, which would keep what nobody reads again. */
  async #read(reference: ShardReference): Promise<Shard> {
    const { cache, store } = this.#options;
    if (cache.has(reference)) return cache.get(reference);
    return decodeShard(await store.get(reference.key, reference.bytes));
  }

  /** Where a renewal has come across a loss of its own, it begins again with everything there is. */
  async #renewAll(): Promise<void> {
    const isKnown = this.#kept().every(({ key }) => !this.#lost.has(key));
    if (this.#renewal !== undefined && isKnown) return;
    this.#renewal = await beginRenewal(this.#collection, this.#shards, this.#options);
  }

  async #renewSegment({ segments, done, replaced }: Renewal): Promise<void> {
    this.#rewrites++;
    this.rebuilt = true;
    for await (const parts of readSegment(this.#collection, done, segments, this.#options)) {
      const rows = parts.flatMap((shard) =>
        Array.from({ length: shard.count }, (_, index) => ({ shard, index })),
      );
      await this.#replace([], ordered(rows));
    }
    if (done + 1 < segments) {
      this.#renewal = { segments, done: done + 1, replaced };
      return;
    }
    this.#renewal = undefined;
    const old = new Set(replaced);
    this.#retired.push(...this.#shards.flatMap(({ key }) => (old.has(key) ? [key] : [])));
    this.#shards = this.#shards.filter(({ key }) => !old.has(key));
  }

  /** Puts shards with these rows in the place of others. @param rows ordered by their ids */
  async #replace(replaced: readonly ShardReference[], rows: readonly Row[]): Promise<void> {
    const written: ShardReference[] = [];
    for (const block of blocksOf(rows, mostRows(this.#options.dimension))) {
      written.push(await this.#write(block));
    }
    const keys = new Set(replaced.map(({ key }) => key));
    this.#retired.push(...keys);
    this.#shards = [...this.#shards.filter(({ key }) => !keys.has(key)), ...written];
  }

  async #write(rows: readonly Row[]): Promise<ShardReference> {
    const { faceModel, generation } = this.#collection;
    const { store, index, dimension, newId } = this.#options;
    const key = shardKey(generation, index, newId());
    this.#written.push(key);
    const bytes = encodeRows(faceModel, dimension, rows);
    await Promise.all([store.put(key, bytes), store.put(idListKey(key), encodeIdList(rows))]);
    return { key, count: rows.length, bytes: bytes.length, clearedAt: this.#version };
  }
}

/** @returns undefined for a shard that is lost or damaged */
async function unlessLost(read: () => Promise<Shard>): Promise<Shard | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ShardMissingError || error instanceof ShardCorruptError) return undefined;
    throw error;
  }
}
