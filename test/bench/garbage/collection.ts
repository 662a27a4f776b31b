/** What a thread tells of each time that its garbage was collected. */

/** Of worker_threads, on which it tells it. */
export const CHANNEL = 'bench:garbage';

export interface Collection {
  /** For which the thread stood still. */
  readonly milliseconds: number;
  /** Whether it was the end of a collection of the whole heap. */
  readonly isWhole: boolean;
  /** Whether it was one of what is new only. */
  readonly isYoung: boolean;
}
