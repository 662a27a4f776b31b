/**
 * Jobs on AWS: requests to queues. A function is frozen once it has answered, so a request is sent before.
 *
 * A send that fails fails no request. What it stood for is in the table: the sweep finds tails that are
 * long or old and collections that wait to be purged.
 */
import {
  type Collection,
  type IndexKind,
  type IndexName,
  indexesOf,
  indexName,
  kindOf,
} from '../../layers/records/index.ts';
import { type Jobs, SOME_SHARD } from '../common/services.ts';
import type { Queues } from './queues.ts';
import type { Telemetry } from './telemetry.ts';

/** What of a collection a request to fold needs. */
type Folded = Pick<Collection, 'id' | 'generation' | 'slot' | 'upgrade'>;

export interface QueueJobsOptions {
  readonly queues: Pick<Queues, 'fold' | 'purge'>;
  /** Vectors and deletions in a tail that make a fold worth its while. */
  readonly foldAt: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly telemetry: Pick<Telemetry, 'warn' | 'longTail' | 'shardLost'>;
}

export class QueueJobs implements Jobs {
  readonly #options: QueueJobsOptions;

  constructor(options: QueueJobsOptions) {
    this.#options = options;
  }

  /**
   * Environments do not know of each other's writes, so each asks for a fold with the probability that
   * makes one request for every `foldAt` vectors, however they are spread.
   */
  async tailGrew(collection: Folded, kind: IndexKind, by: number): Promise<void> {
    const { random, foldAt } = this.#options;
    if (random() >= by / foldAt) return;
    for (const index of indexesOf(collection)) {
      if (kindOf(index) === kind) await this.#fold(collection, index);
    }
  }

  async tailSeen(collection: Folded, kind: IndexKind, length: number): Promise<void> {
    const { foldAt, telemetry } = this.#options;
    if (length < foldAt) return;
    telemetry.longTail(length);
    await this.#fold(collection, indexName(kind, collection));
  }

  async shardLost(collection: Folded, kind: IndexKind, key: string | undefined): Promise<void> {
    this.#options.telemetry.shardLost();
    await this.#fold(collection, indexName(kind, collection), key ?? SOME_SHARD);
  }

  async purge(generation: string): Promise<void> {
    await this.#attempt('purge', () => this.#options.queues.purge({ generation }));
  }

  #fold({ id, generation }: Folded, index: IndexName, lostShard?: string): Promise<void> {
    const request = { collectionId: id, generation, index, ...(lostShard && { lostShard }) };
    return this.#attempt('fold', () => this.#options.queues.fold(request));
  }

  async #attempt(what: string, send: () => Promise<void>): Promise<void> {
    try {
      await send();
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      this.#options.telemetry.warn(
        `A request to ${what} was not sent; the sweep makes up for it.`,
        cause,
      );
    }
  }
}
