/** What a fold works with, and how much it may take. */
import type { IndexName, Records } from '../records/index.ts';
import type { ShardCache } from './cache.ts';
import type { ChangeSource } from './change.ts';
import type { RenewalSource } from './renewal.ts';
import type { RestoreOptions } from './restore.ts';
import type { ShardStore } from './store.ts';

/** {@link ChangeSource.current} is there for an index whose vectors change under their ids. */
export interface FoldOptions
  extends ChangeSource,
    RenewalSource,
    Pick<RestoreOptions, 'vectorsOf'> {
  readonly records: {
    readonly tail: Pick<Records['tail'], 'read' | 'delete'>;
    readonly manifests: Pick<Records['manifests'], 'get' | 'swap'>;
    readonly removals: Pick<Records['removals'], 'read' | 'prepare' | 'delete'>;
  };
  readonly store: ShardStore;
  readonly cache: ShardCache;
  readonly index: IndexName;
  /** Milliseconds. */
  readonly clock: () => number;
  readonly newId: () => string;
  /** Default: `trusted`. */
  readonly shards?: ShardTrust;
  /** The key of a shard that was found lost or damaged. */
  readonly suspect?: string | undefined;
  /** Default: {@link FOLD_LIMITS}. */
  readonly limits?: Partial<FoldLimits>;
}

/**
 * What a fold thinks of the shards there are. `trusted`: reads only those that it changes. `checked`: reads
 * all of them, past any cache. `anew`: makes all of them anew from the records.
 */
export type ShardTrust = 'trusted' | 'checked' | 'anew';

/** What one fold may take; it says what it leaves to the next one. */
export interface FoldLimits {
  /** Vectors and deletions of the tail, {@link MOST_FOLDED} at most. */
  readonly tail: number;
  /** Shards that are rewritten or made anew besides those that the tail is merged with; one is, always. */
  readonly rewrites: number;
  /** Milliseconds after which no further one is begun. */
  readonly milliseconds: number;
}

/** The ids that a fold finds gone are noted in the transaction that ends it, 16 bytes each of 4 MB. */
export const MOST_FOLDED = 150_000;

/** About half a minute of one processor. */
export const FOLD_LIMITS: FoldLimits = { tail: 100_000, rewrites: 16, milliseconds: 60_000 };
