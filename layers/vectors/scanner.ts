/** Where shards are scanned: in this process, or where there are too many for one, by others. */
import type { ShardReference } from '../records/index.ts';
import type { ShardCache } from './cache.ts';
import { openPass } from './pass.ts';
import { Selector } from './selector.ts';
import type { Shard } from './shard.ts';

export interface Scanner {
  /**
   * @param query of unit length
   * @param recent vectors that are in no shard yet
   * @returns a selector over all of them; it throws what {@link open} throws
   * @throws ShardMissingError, ShardCorruptError, ScannersBusyError, ScanFailedError
   */
  open(
    query: Float32Array,
    recent: readonly Shard[],
    folded: readonly ShardReference[],
  ): Promise<Selector>;
}

/** Holds the shards in the memory of this process. */
export class LocalScanner implements Scanner {
  readonly #cache: ShardCache;

  constructor(cache: ShardCache) {
    this.#cache = cache;
  }

  async open(
    query: Float32Array,
    recent: readonly Shard[],
    folded: readonly ShardReference[],
  ): Promise<Selector> {
    const pass = await openPass(query, recent, folded, this.#cache);
    return new Selector([
      async (limits) => {
        const shortlist = await pass(limits);
        // Whoever searches next finds the planes that this one did without.
        void this.#cache.loadAhead(folded);
        return shortlist;
      },
    ]);
  }
}

/** One scanner for indexes up to so many bytes of shards, another for those beyond. */
export class ScannerBySize implements Scanner {
  readonly #bytes: number;
  readonly #small: Scanner;
  readonly #large: Scanner;

  constructor(bytes: number, small: Scanner, large: Scanner) {
    this.#bytes = bytes;
    this.#small = small;
    this.#large = large;
  }

  open(
    query: Float32Array,
    recent: readonly Shard[],
    folded: readonly ShardReference[],
  ): Promise<Selector> {
    const scanner = sizeOf(folded) > this.#bytes ? this.#large : this.#small;
    return scanner.open(query, recent, folded);
  }
}

/** Bytes. */
export function sizeOf(shards: readonly ShardReference[]): number {
  return shards.reduce((sum, { bytes }) => sum + bytes, 0);
}
