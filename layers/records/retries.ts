/**
 * Retries of calls to the database: what passes by itself is tried again, with full jitter, until the time for
 * it is over.
 */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { BusyError } from './errors.ts';

export interface RetryPolicy {
  /** Milliseconds from the first attempt after which a failure is final. */
  readonly budget: number;
  /** Milliseconds; the wait before attempt n is uniform in 0..min(longest, first * 2^n). */
  readonly first: number;
  readonly longest: number;
}

export interface RetriesOptions {
  readonly retry?: RetryPolicy;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  /** Milliseconds. */
  readonly clock?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

const DEFAULT_RETRY: RetryPolicy = { budget: 8_000, first: 20, longest: 800 };

export class Retries {
  readonly #retry: RetryPolicy;
  readonly #random: () => number;
  readonly #clock: () => number;
  readonly #sleep: (milliseconds: number) => Promise<void>;

  constructor({
    retry = DEFAULT_RETRY,
    random = Math.random,
    clock = Date.now,
    sleep = wait,
  }: RetriesOptions) {
    this.#retry = retry;
    this.#random = random;
    this.#clock = clock;
    this.#sleep = sleep;
  }

  /**
   * Runs an attempt until it succeeds or fails for good.
   * @throws BusyError when the time for retries is over
   */
  async untilAnswered<T>(attempt: () => Promise<T>): Promise<T> {
    const deadline = this.#clock() + this.#retry.budget;
    for (let tries = 0; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        if (!isPassing(error)) throw error;
        if (this.#clock() >= deadline) throw new BusyError(reasonOf(error), { cause: error });
        await this.#pause(tries);
      }
    }
  }

  /**
   * Repeats a step that may do a part of its work, pausing only where nothing was done.
   * @throws BusyError when nothing was done for the whole of the time
   */
  async untilDone(step: () => Promise<{ done: boolean; progress: boolean }>): Promise<void> {
    let deadline = this.#clock() + this.#retry.budget;
    for (let idle = 0; ; ) {
      const { done, progress } = await step();
      if (done) return;
      if (progress) {
        idle = 0;
        deadline = this.#clock() + this.#retry.budget;
        continue;
      }
      if (this.#clock() >= deadline) throw new BusyError('load');
      await this.#pause(idle++);
    }
  }

  /**
   * Repeats an attempt that others may get ahead of, until it has a result.
   * @param attempt resolves to undefined if others did
   * @throws BusyError when they did for the whole of the time
   */
  async untilWon<T>(attempt: () => Promise<T | undefined>): Promise<T> {
    const deadline = this.#clock() + this.#retry.budget;
    for (let tries = 0; ; tries++) {
      const result = await attempt();
      if (result !== undefined) return result;
      if (this.#clock() >= deadline) throw new BusyError('conflict');
      await this.#pause(tries);
    }
  }

  #pause(tries: number): Promise<void> {
    const { first, longest } = this.#retry;
    return this.#sleep(this.#random() * Math.min(longest, first * 2 ** tries));
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Names of errors that pass by themselves. */
const PASSING = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TransactionInProgressException',
  'TransactionConflictException',
]);

/** Codes of cancellation reasons that say nothing about the conditions. */
const PASSING_REASONS = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

function isPassing(error: unknown): boolean {
  if (error instanceof TransactionCanceledException) {
    const codes = error.CancellationReasons?.map(({ Code }) => Code ?? 'None') ?? [];
    // Beside a conflict a condition that does not hold says nothing yet: what it was held against may be a
    // transaction of which only a part can be seen.
    return codes.some((code) => PASSING_REASONS.has(code));
  }
  return error instanceof Error && PASSING.has(error.name);
}

/** Which of the passing errors mean that others were on the same items. */
function reasonOf(error: unknown): BusyError['reason'] {
  const reasons = error instanceof TransactionCanceledException ? error.CancellationReasons : [];
  const conflict =
    reasons?.some(({ Code }) => Code === 'TransactionConflict') ||
    (error instanceof Error && CONFLICTS.has(error.name));
  return conflict ? 'conflict' : 'load';
}

const CONFLICTS = new Set(['TransactionInProgressException', 'TransactionConflictException']);
