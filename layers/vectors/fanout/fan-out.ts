/**
 * Scanning by several functions at once, each with its share of the shards.
 *
 * The answer is that of one scan over all of them, or an error: a part that fails is asked again, with full
 * jitter, at last of another function, and when the time or the attempts are over the search fails. A shard
 * that is lost or damaged ends it at once, as it would a search in one process.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { ShardReference } from '../../records/index.ts';
import { scan } from '../scan.ts';
import type { Scanner } from '../scanner.ts';
import type { Pass } from '../selector.ts';
import { Selector } from '../selector.ts';
import type { Shard } from '../shard.ts';
import { ShardCorruptError } from '../shard.ts';
import type { Shortlist } from '../shortlist.ts';
import { union } from '../shortlist.ts';
import { ShardMissingError } from '../store.ts';
import { assign } from './assignment.ts';
import {
  ScanFailedError,
  ScannersBusyError,
  ScanProtocolError,
  TooManyCandidatesError,
} from './errors.ts';
import type { ScanAnswer, ScanFunction, ScanTask } from './task.ts';

export interface Deadlines {
  /** Milliseconds for a whole search; API Gateway gives up after 29 seconds. */
  readonly search: number;
  /** Milliseconds after which an attempt is given up; what it was loading is loaded for the next. */
  readonly attempt: number;
}

export interface FanOutOptions {
  /** At least one. */
  readonly functions: readonly ScanFunction[];
  readonly deadlines?: Deadlines;
  /** Told of each attempt that failed. */
  readonly onFailure?: (error: Error) => void;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  /** Milliseconds. */
  readonly clock?: () => number;
  /** @throws when the signal says that nobody waits any more */
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

const DEADLINES: Deadlines = { search: 24_000, attempt: 18_000 };
const ATTEMPTS = 4;
/** Attempts after this many go to the next function: its memory is cold, but it may be well. */
const ATTEMPTS_OF_ONE = 2;
/** Milliseconds; the wait before attempt n is uniform in 0..FIRST_WAIT * 2^n. */
const FIRST_WAIT = 50;

/** An attempt was given up. */
class LateError extends Error {
  override readonly name = 'LateError';
}

export class FanOut implements Scanner {
  readonly #functions: readonly ScanFunction[];
  readonly #deadlines: Deadlines;
  readonly #onFailure: (error: Error) => void;
  readonly #random: () => number;
  readonly #clock: () => number;
  readonly #sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;

  constructor({
    functions,
    deadlines = DEADLINES,
    onFailure = () => undefined,
    random = Math.random,
    clock = Date.now,
    sleep = (milliseconds, signal) => wait(milliseconds, undefined, { signal }),
  }: FanOutOptions) {
    this.#functions = functions;
    this.#deadlines = deadlines;
    this.#onFailure = onFailure;
    this.#random = random;
    this.#clock = clock;
    this.#sleep = sleep;
  }

  async open(
    query: Float32Array,
    recent: readonly Shard[],
    folded: readonly ShardReference[],
  ): Promise<Selector> {
    const search = new Search(this.#clock() + this.#deadlines.search);
    const parts = assign(folded, this.#functions.length).flatMap((shards, index): Pass[] => {
      if (shards.length === 0) return [];
      return [(limits) => this.#scanPages(index, { query, shards, limits }, search)];
    });
    return new Selector([(limits) => scan(query, recent, limits), ...parts]);
  }

  /**
   * Asks on until there is no more. An answer may be cut off, in the order of ids, and the next one be that of
   * another scan with other intervals: each has all that reach its bar, so together they have all that reach
   * the highest of these.
   */
  async #scanPages(index: number, task: ScanTask, search: Search): Promise<Shortlist> {
    const pages: ScanAnswer[] = [];
    let after = '';
    for (;;) {
      const page = await this.#scan(index, { ...task, after }, search);
      pages.push(page);
      if (page.more !== true) break;
      for (const id of page.found.keys()) if (id > after) after = id;
    }
    const bar = pages.reduce((highest, page) => Math.max(highest, page.bar), task.limits.bar);
    return { bar, found: union(pages) };
  }

  /** Asks the function of this index, and others if need be. */
  async #scan(index: number, task: ScanTask, search: Search): Promise<ScanAnswer> {
    for (let tries = 1; ; tries++) {
      const turn = index + Math.max(0, tries - ATTEMPTS_OF_ONE);
      const scan = this.#functions[turn % this.#functions.length];
      if (scan === undefined) throw new RangeError('There is no scan function.');
      try {
        return await this.#attempt(scan, task, search);
      } catch (error) {
        search.signal.throwIfAborted();
        this.#onFailure(error instanceof Error ? error : new Error(String(error)));
        const over = tries === ATTEMPTS || this.#clock() >= search.deadline;
        const failure = failureOf(error, over);
        if (failure !== undefined) throw search.end(failure);
        await this.#pause(tries, search);
      }
    }
  }

  async #pause(tries: number, { signal }: Search): Promise<void> {
    await this.#sleep(this.#random() * FIRST_WAIT * 2 ** tries, signal).catch(() =>
      signal.throwIfAborted(),
    );
  }

  async #attempt(scan: ScanFunction, task: ScanTask, search: Search): Promise<ScanAnswer> {
    const attempt = new AbortController();
    const signal = AbortSignal.any([attempt.signal, search.signal]);
    const time = Math.min(this.#deadlines.attempt, search.deadline - this.#clock());
    const late = this.#sleep(Math.max(0, time), signal).then(() => {
      throw new LateError(`There was no answer within ${time} ms.`);
    });
    try {
      return checked(await Promise.race([scan(task, signal), late]), task);
    } finally {
      late.catch(() => undefined);
      attempt.abort();
    }
  }
}

/** The attempts of one search: when they must end, and that one that fails ends all. */
class Search {
  readonly deadline: number;
  readonly #controller = new AbortController();

  constructor(deadline: number) {
    this.deadline = deadline;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(error: Error): Error {
    this.#controller.abort(error);
    return error;
  }
}

/** @throws ScanProtocolError if this is no answer to the task, or not all of it */
function checked(answer: ScanAnswer, { shards, limits, after }: ScanTask): ScanAnswer {
  const rows = shards.reduce((sum, { count }) => sum + count, 0);
  if (answer.rows !== rows) {
    throw new ScanProtocolError(`${answer.rows} of ${rows} vectors have been gone over.`);
  }
  const isEmpty = answer.found.size === 0 && after === '';
  if (!(answer.bar >= limits.bar) || (answer.bar > limits.bar && isEmpty)) {
    throw new ScanProtocolError(`The bar is ${answer.bar}; ${limits.bar} was asked for.`);
  }
  if (answer.more === true && answer.found.size === 0) {
    throw new ScanProtocolError('An answer that is to be continued has nothing in it.');
  }
  return answer;
}

/** @returns what the search fails with, or nothing if another attempt is worth its while */
function failureOf(error: unknown, over: boolean): Error | undefined {
  if (error instanceof ShardMissingError || error instanceof ShardCorruptError) return error;
  if (error instanceof TooManyCandidatesError) return error;
  if (!over) return undefined;
  if (error instanceof LateError || error instanceof ScannersBusyError) {
    return new ScannersBusyError({ cause: error });
  }
  return new ScanFailedError('A scan function fails again and again.', { cause: error });
}
