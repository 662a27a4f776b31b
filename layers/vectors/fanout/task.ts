/** What a scan function is asked and answers. */
import type { ShardReference } from '../../records/index.ts';
import type { ScanLimits, Shortlist } from '../shortlist.ts';

export interface ScanTask {
  /** Of unit length. */
  readonly query: Float32Array;
  /** At least one. */
  readonly shards: readonly ShardReference[];
  readonly limits: ScanLimits;
  /**
   * The answer has only vectors whose ids come after this one, in their order, and no more than fit into it; ''
   * is before all of them. Without it all must fit.
   */
  readonly after?: string;
}

export interface ScanAnswer extends Shortlist {
  /** How many vectors were gone over: all of the shards', else the answer does not count. */
  readonly rows: number;
  /** There are vectors beyond the last one that was found. */
  readonly more?: boolean;
}

/**
 * Scans shards somewhere else: in another function, in another thread.
 * @param signal nobody waits for the answer any more
 * @throws ShardMissingError, ShardCorruptError, ScannersBusyError, TooManyCandidatesError, and whatever
 *   else can go wrong on the way
 */
export type ScanFunction = (task: ScanTask, signal: AbortSignal) => Promise<ScanAnswer>;
