/**
 * Which rows of which shards are gone, by the notes of what was deleted: those of ids that were found gone
 * after the shard was last cleared.
 */
import type { Removals, ShardReference } from '../records/index.ts';
import { IdTable } from './id-table.ts';
import { ID_BYTES } from './ids.ts';
import type { Row, Shard } from './shard.ts';

export class Cleared {
  readonly #notes: readonly Removals[];
  /** By id, the version at which it was last found gone. */
  readonly #gone: IdTable;
  readonly #newest: number;

  constructor(notes: readonly Removals[]) {
    this.#notes = notes;
    this.#gone = new IdTable(notes.reduce((sum, { ids }) => sum + ids.length / ID_BYTES, 0));
    for (const { ids, version } of notes) {
      for (let i = 0; i < ids.length / ID_BYTES; i++) this.#gone.raise(ids, i, version);
    }
    this.#newest = notes.reduce((newest, { version }) => Math.max(newest, version), 0);
  }

  /** Whether there are notes that the shard has not followed, or it is of before there were notes. */
  isDue({ clearedAt }: ShardReference): boolean {
    return clearedAt === undefined || clearedAt < this.#newest;
  }

  /** Whether any of the ids of a shard is gone. @param ids 16 bytes each */
  concerns({ clearedAt = 0 }: ShardReference, ids: Uint8Array): boolean {
    for (let i = 0; i < ids.length / ID_BYTES; i++) {
      if (this.#gone.get(ids, i) > clearedAt) return true;
    }
    return false;
  }

  /** The rows that stay. @param shard holds rows of the shard that is referred to */
  living({ clearedAt = 0 }: ShardReference, shard: Shard): Row[] {
    const rows: Row[] = [];
    for (let index = 0; index < shard.count; index++) {
      if (this.#gone.get(shard.ids, index) <= clearedAt) rows.push({ shard, index });
    }
    return rows;
  }

  /** The notes that all of the shards have followed. */
  followedBy(shards: readonly ShardReference[]): Removals[] {
    const least = shards.reduce(
      (version, { clearedAt = 0 }) => Math.min(version, clearedAt),
      Number.POSITIVE_INFINITY,
    );
    return this.#notes.filter(({ version }) => version <= least);
  }
}
