/**
 * How many requests at once: as many as are of use.
 *
 * More, one by one, as long as the service answers without a queue; half as many, after a pause, when it asks to slow
 * down (additive increase, multiplicative decrease, as TCP does it). Where answers say how long requests waited for
 * their turn, that is the better sign, since it comes before a refusal: a request or two shall wait, so that the
 * service never does, and more only wait longer (as TCP Vegas does it: Brakmo, Peterson, 1995).
 */
import { Gate } from './gate.ts';

export interface PaceOptions {
  /** The most requests at once. */
  readonly most: number;
  /** Milliseconds. */
  readonly clock?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

/** Where the time of a request went, in shares of it; undefined where the answer does not say. */
export interface Spent {
  /** It waited for its turn. */
  readonly queued: number;
  /** It was on its way, or its answer was. */
  readonly travelled: number;
}

/** Requests at once, to begin with. */
const FIRST = 4;

/** Photographs that are read while others are under way, so that a request never waits for the disk. */
const AHEAD = 2;

/** Requests of ours that shall wait in the service: at least, and at most. */
const QUEUE = { least: 0.5, most: 1.5 } as const;

/** Of the time of requests; where more of it goes to the network, more at once only share its rate. */
const MOST_TRAVELLED = 0.5;

/** The part that an answer has in what is believed of all: some ten of them tell. */
const NEWS = 0.1;

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 20_000;

/** The service counts as one that holds back for so long after it has asked to slow down. */
const HELD_BACK_MS = 10_000;

export class Pace {
  readonly #options: Required<PaceOptions>;
  readonly #requests = new Gate(() => this.limit);
  readonly #photographs = new Gate(() => this.limit + AHEAD);
  #limit: number;
  #spent: Spent = { queued: 0, travelled: 0 };
  /** How often in a row the service asked to slow down. */
  #refusals = 0;
  #refusedAt = Number.NEGATIVE_INFINITY;
  #pausedUntil = 0;

  constructor({
    most,
    clock = () => performance.now(),
    sleep = wait,
    random = Math.random,
  }: PaceOptions) {
    this.#options = { most, clock, sleep, random };
    this.#limit = Math.min(most, FIRST);
  }

  /** The requests that may be under way now. */
  get limit(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  /** Whether the service has asked to slow down, not long ago. */
  get isHeldBack(): boolean {
    return this.#options.clock() - this.#refusedAt < HELD_BACK_MS;
  }

  /** Takes a photograph in hand when it may be read, so that no more are in memory than will soon be sent. */
  take<T>(photograph: () => Promise<T>): Promise<T> {
    return this.#photographs.pass(photograph);
  }

  /** Runs a request when it may run, one after the other in the order of the calls. */
  run<T>(request: () => Promise<T>): Promise<T> {
    return this.#requests.pass(async () => {
      await this.#pause();
      return await request();
    });
  }

  answered(spent?: Spent): void {
    this.#refusals = 0;
    if (spent !== undefined) {
      this.#spent = {
        queued: mixed(this.#spent.queued, spent.queued),
        travelled: mixed(this.#spent.travelled, spent.travelled),
      };
    }
    this.#change(this.#direction() / this.#limit);
  }

  /** The service asked to slow down, or could not be reached. */
  refused(): void {
    const { clock, random } = this.#options;
    const now = clock();
    // Requests that were under way together are refused together: that is one refusal.
    if (now < this.#pausedUntil) return;
    this.#limit = Math.max(1, this.#limit / 2);
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#refusals);
    this.#pausedUntil = now + longest * (0.5 + random() / 2);
    this.#refusedAt = now;
    this.#refusals++;
  }

  /** Up, down or neither. By Little's law as many requests wait as are under way, times the share of time that they wait. */
  #direction(): -1 | 0 | 1 {
    const { queued, travelled } = this.#spent;
    const waiting = queued * this.limit;
    if (waiting > QUEUE.most) return -1;
    return waiting < QUEUE.least && travelled < MOST_TRAVELLED ? 1 : 0;
  }

  #change(by: number): void {
    // What is not used up says nothing about whether more would be of use.
    if (by > 0 && this.#requests.inside + 1 < this.limit) return;
    this.#limit = Math.min(this.#options.most, Math.max(1, this.#limit + by));
    this.#requests.open();
    this.#photographs.open();
  }

  async #pause(): Promise<void> {
    const { clock, sleep } = this.#options;
    const left = this.#pausedUntil - clock();
    if (left > 0) await sleep(left);
  }
}

function mixed(before: number, news: number): number {
  return before + (news - before) * NEWS;
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
