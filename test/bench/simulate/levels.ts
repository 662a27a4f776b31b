/** The shards of an index that has grown fold by fold: metadata only, by the rule of a fold. */
import type { ShardReference } from '../../../layers/records/index.ts';
import { chooseMerged, mostRows } from '../../../layers/vectors/plan.ts';
import { shardBytes } from '../../../layers/vectors/shard.ts';
import { Random } from '../../support/random.ts';

export class Levels {
  readonly #dimension: number;
  readonly #random = new Random(20);
  #shards: ShardReference[] = [];

  constructor(dimension: number) {
    this.#dimension = dimension;
  }

  get shards(): readonly ShardReference[] {
    return this.#shards;
  }

  /** Another fold takes so many vectors out of the tail, and merges the smallest shards into their shard. */
  fold(count: number): void {
    const merged = chooseMerged(this.#shards, count, mostRows(this.#dimension));
    const kept = this.#shards.filter((shard) => !merged.includes(shard));
    const size = merged.reduce((sum, shard) => sum + shard.count, count);
    const key = `${'0'.repeat(26)}/faces/${this.#random.uuid()}.shard`;
    this.#shards = [...kept, { key, count: size, bytes: shardBytes(this.#dimension, size) }];
  }

  grow(total: number, foldAt: number): this {
    for (let folded = 0; folded < total; folded += foldAt) {
      this.fold(Math.min(foldAt, total - folded));
    }
    return this;
  }
}
