/**
 * Work after the answer, on one machine: folds and purges run in this process, one of a kind at a time.
 * What a crash interrupted, what has grown old and what has become garbage is found by a sweep, at the
 * start and then by the clock.
 */
import { AsyncResource } from 'node:async_hooks';
import {
  doubtsAbout,
  type FoldRequest,
  type Jobs,
  type Maintenance,
  SOME_SHARD,
} from '../../functions/common/services.ts';
import { sweep } from '../../functions/common/sweep.ts';
import {
  type Collection,
  type IndexKind,
  type IndexName,
  indexesOf,
  indexName,
  kindOf,
  type Records,
} from '../../layers/records/index.ts';
import type { FoldResult } from '../../layers/vectors/index.ts';

export interface LocalJobsOptions {
  /** Vectors and deletions in a tail that make a fold worth its while. */
  readonly foldAt: number;
  readonly warn: (message: string, error: Error) => void;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

export interface LocalWork {
  readonly maintenance: Maintenance;
  /** Nobody else has the data folder open, so a sweep needs no lease. */
  readonly records: Pick<Records, 'collections' | 'tail' | 'removals' | 'purges'>;
  /** Another step of the sweep, such as the deletion of expired faces. */
  readonly afterSweep?: () => Promise<void>;
}

const SWEEP_EVERY_MS = 15 * 60 * 1000;

/** Searches that meet the same lost shard within this time ask for one repair. */
const REPAIR_PERIOD_MS = 5 * 60 * 1000;

export class LocalJobs implements Jobs {
  readonly #options: LocalJobsOptions;
  readonly #clock: () => number;
  readonly #running = new Map<string, Promise<void>>();
  /** By tail, what has been written to it since its last fold. */
  readonly #grown = new Map<string, number>();
  /** By tail and shard, when a fold that makes it anew was last begun. */
  readonly #repaired = new Map<string, number>();
  /** What is done after an answer is no part of the request that asked for it. */
  readonly #apart = new AsyncResource('LocalJobs');
  #work: LocalWork | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LocalJobsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
  }

  /** Begins to work, with what was left undone. */
  async start(work: LocalWork): Promise<void> {
    this.#work = work;
    for (const generation of await work.maintenance.pendingPurges()) await this.purge(generation);
    this.sweep();
    this.#timer = setInterval(() => this.sweep(), SWEEP_EVERY_MS).unref();
  }

  async tailGrew(collection: Collection, kind: IndexKind, by: number): Promise<void> {
    for (const index of indexesOf(collection)) {
      if (kindOf(index) !== kind) continue;
      const tail = tailOf(collection, index);
      const grown = (this.#grown.get(tail) ?? 0) + by;
      this.#grown.set(tail, grown);
      if (grown >= this.#options.foldAt) this.#fold(collection, index);
    }
  }

  async tailSeen(collection: Collection, kind: IndexKind, length: number): Promise<void> {
    if (length < this.#options.foldAt) return;
    this.#fold(collection, indexName(kind, collection));
  }

  async shardLost(collection: Collection, kind: IndexKind, key: string | undefined): Promise<void> {
    const index = indexName(kind, collection);
    const shard = `${tailOf(collection, index)} ${key}`;
    const before = this.#repaired.get(shard) ?? Number.NEGATIVE_INFINITY;
    if (this.#clock() - before < REPAIR_PERIOD_MS) return;
    this.#repaired.set(shard, this.#clock());
    const what = `repair of the ${index} of collection ${collection.id}, ${key}`;
    this.#run(what, async (work) => {
      const outcome = await foldAll(work, collection, index, key ?? SOME_SHARD);
      if (outcome === 'lost to another fold') this.#repaired.delete(shard);
    });
  }

  async purge(generation: string): Promise<void> {
    this.#run(`purge of ${generation}`, ({ maintenance }) => maintenance.purge(generation));
  }

  /** Looks for what is overdue, unless it is being looked for. */
  sweep(): void {
    const { foldAt, warn } = this.#options;
    this.#run('sweep', async (work) => {
      const { collections, tail, removals, purges } = work.records;
      const { maintenance, afterSweep } = work;
      await sweep(
        {
          records: { collections, tail, removals, purges },
          maintenance,
          ask: {
            fold: (request) => this.#askedFold(request),
            purge: ({ generation }) => this.purge(generation),
          },
          foldAt,
          clock: this.#clock,
          warn,
          report: {
            oldestPurge: () => undefined,
            longestTail: () => undefined,
            collected: () => undefined,
          },
        },
        () => Number.POSITIVE_INFINITY,
      );
      await afterSweep?.();
    });
  }

  /** Waits for what is running. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  async #askedFold({ collectionId, generation, index }: FoldRequest): Promise<void> {
    const collection = await this.#work?.records.collections.get(collectionId);
    if (collection?.generation === generation) this.#fold(collection, index);
  }

  #fold(collection: Collection, index: IndexName): void {
    this.#grown.delete(tailOf(collection, index));
    this.#run(`fold of the ${index} of collection ${collection.id}`, (work) =>
      foldAll(work, collection, index),
    );
  }

  #run(name: string, task: (work: LocalWork) => Promise<unknown>): void {
    const work = this.#work;
    if (work === undefined || this.#running.has(name)) return;
    const run = this.#apart
      .runInAsyncScope(task, undefined, work)
      .catch((error: Error) =>
        this.#options.warn(`The ${name} failed; what it left undone is done later.`, error),
      )
      .then(() => void this.#running.delete(name));
    this.#running.set(name, run);
  }
}

/** Folds until nothing is left. @returns the outcome of the last fold */
async function foldAll(
  { maintenance }: LocalWork,
  collection: Collection,
  index: IndexName,
  lostShard?: string,
): Promise<FoldResult['outcome']> {
  let result = await maintenance.fold(collection, index, doubtsAbout(lostShard));
  while (result.outcome === 'folded' && result.left > 0) {
    result = await maintenance.fold(collection, index);
  }
  return result.outcome;
}

function tailOf({ generation }: Collection, index: IndexName): string {
  return `${generation} ${index}`;
}
