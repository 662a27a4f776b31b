/**
 * Taking what has been deleted out of the files of the data folder: out of the shards (by a fold), out of
 * the shards that were replaced, out of kept answers, results of searches of videos, notes of uploads and the log of outcomes. The records
 * themselves are gone with the request. Within a minute of a deletion, and at the latest when the service
 * stops; what a crash left undone is done at the next start. Then the deletions are looked for in every place,
 * and their receipts written.
 */
import {
  type ErasingResult,
  followErasures,
  pendingErasures,
} from '../../functions/common/erasing.ts';
import type { Maintenance } from '../../functions/common/services.ts';
import type { Collection, Present, Records } from '../../layers/records/index.ts';
import { CollectionNotFoundError, indexesOf } from '../../layers/records/index.ts';
import { collectGarbage, type ShardStore } from '../../layers/vectors/index.ts';
import type { OutcomeLog } from './outcome-log.ts';

export interface ErasureOptions {
  readonly records: Records;
  readonly store: ShardStore;
  readonly maintenance: Pick<Maintenance, 'fold'>;
  readonly outcomes: Pick<OutcomeLog, 'forget'>;
  /** Takes the deleted out of what searches of videos have left. */
  readonly videos: () => Promise<void>;
  /** Which objects there are in the upload bucket. */
  readonly objects: Present['objects'];
  readonly warn: (message: string, error: Error) => void;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

/** Deletions that follow each other are erased together. */
const DELAY_MS = 20_000;

/** Searches of this process that may hold the manifest of before a fold are over by then. */
const LONGEST_READER_MS = 20_000;

/** What is left of a deletion by then, because something else was under way, is looked for again. */
const AGAIN_MS = 5 * 60 * 1000;

/** A fold may meet others so often. */
const ATTEMPTS = 20;

export class Erasure {
  readonly #options: ErasureOptions;
  readonly #clock: () => number;
  #timer: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isAsked = false;

  constructor(options: ErasureOptions) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
  }

  /** Something has been deleted. */
  ask(): void {
    this.#isAsked = true;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#run(false);
      // Once more for the shards that this run replaces, when nobody can be reading them any more.
      setTimeout(() => this.#run(false), LONGEST_READER_MS + 1000).unref();
    }, DELAY_MS).unref();
  }

  /** Call when nothing reads, writes or folds any more. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    clearTimeout(this.#retry);
    await this.#running;
    if (!this.#isAsked) return;
    this.#run(true);
    await this.#running;
  }

  #run(isLast: boolean): void {
    this.#running = this.#running
      .then(() => this.#erase(isLast))
      .then(() => {
        if (isLast) this.#isAsked = false;
      })
      .catch((error: Error) =>
        this.#options.warn(
          'What was deleted could not be erased; the next start tries again.',
          error,
        ),
      );
  }

  async #erase(isLast: boolean): Promise<void> {
    const { records, store, outcomes } = this.#options;
    // Before anything is erased: what is deleted from here on is not followed by this run.
    const deletions = await pendingErasures({ records });
    const collections = new Map<string, Collection>();
    for await (const { id } of records.collections.list()) {
      const collection = await this.#collection(id);
      if (collection === undefined) continue;
      collections.set(id, collection);
      await this.#foldDeletions(collection);
      await records.traces.erase(collection, this.#presentIn(collection));
    }
    await collectGarbage({
      records,
      store,
      clock: this.#clock,
      longestReader: isLast ? -1 : LONGEST_READER_MS,
      ...(isLast && { garbageAge: -1 }),
    });
    await this.#options.videos();
    await outcomes.forget((id) => {
      const collection = collections.get(id);
      return collection && this.#presentIn(collection);
    });
    const work = { records, store, clock: this.#clock, backupDays: 0 };
    this.#askAgain(await followErasures(work, deletions), isLast);
  }

  #askAgain({ pending }: ErasingResult, isLast: boolean): void {
    if (pending === 0 || isLast) return;
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#run(false);
    }, AGAIN_MS).unref();
  }

  async #foldDeletions(collection: Collection): Promise<void> {
    const { records, maintenance } = this.#options;
    for (const index of indexesOf(collection)) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const tail = await records.tail.read(collection.generation, index);
        const notes = await records.removals.read(collection.generation, index, 1);
        if (notes.length === 0 && !tail.some(({ kind }) => kind === 'remove')) break;
        await maintenance.fold(collection, index);
      }
    }
  }

  #presentIn(collection: Collection): Present {
    const { faces, users } = this.#options.records;
    return {
      faces: (ids) => faces.existing(collection, ids),
      users: (userIds) => users.existing(collection, userIds),
      objects: this.#options.objects,
    };
  }

  async #collection(id: string): Promise<Collection | undefined> {
    try {
      return await this.#options.records.collections.get(id);
    } catch (error) {
      if (error instanceof CollectionNotFoundError) return undefined;
      throw error;
    }
  }
}
