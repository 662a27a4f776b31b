/**
 * How many requests at once: more, one by one, as long as they are answered; half as many, after a pause, when
 * the service asks to slow down (additive increase, multiplicative decrease, as TCP does it).
 */

export interface PaceOptions {
  /** The most requests at once. */
  readonly most: number;
  /** Milliseconds. */
  readonly clock?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 20_000;

export class Pace {
  readonly #options: Required<PaceOptions>;
  #limit: number;
  #running = 0;
  /** How often in a row the service asked to slow down. */
  #refusals = 0;
  #pausedUntil = 0;
  readonly #waiting: (() => void)[] = [];

  constructor({
    most,
    clock = () => performance.now(),
    sleep = wait,
    random = Math.random,
  }: PaceOptions) {
    this.#options = { most, clock, sleep, random };
    this.#limit = most;
  }

  /** The requests that may be under way now. */
  get limit(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  /** Runs a request when it may run, one after the other in the order of the calls. */
  async run<T>(request: () => Promise<T>): Promise<T> {
    while (this.#running >= this.limit) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running++;
    try {
      await this.#pause();
      return await request();
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  answered(): void {
    this.#refusals = 0;
    if (this.#limit >= this.#options.most) return;
    this.#limit = Math.min(this.#options.most, this.#limit + 1 / this.#limit);
    this.#waiting.shift()?.();
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
    this.#refusals++;
  }

  async #pause(): Promise<void> {
    const { clock, sleep } = this.#options;
    const left = this.#pausedUntil - clock();
    if (left > 0) await sleep(left);
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
