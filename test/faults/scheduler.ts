/**
 * One thing at a time, in an order that a seed decides: what tasks do that run at the same time is cut
 * into turns, and among those who wait for their turn one is drawn. Some draw a long wait, so that much
 * happens between two of their turns.
 */
import type { Random } from '../support/random.ts';

/** How likely it is that somebody is held up, and how many turns go by at most; a seed has one of these. */
const HOLDS = [
  { probability: 0.1, longest: 60 },
  { probability: 0.03, longest: 200 },
  { probability: 0.3, longest: 30 },
] as const;

interface Waiting {
  readonly start: () => Promise<void>;
  /** The turn before which it shall not start, unless nobody else is there. */
  readonly heldUntil: number;
}

export class Scheduler {
  readonly #random: Random;
  #waiting: Waiting[] = [];
  #turns = 0;
  readonly #holds: (typeof HOLDS)[number];

  constructor(random: Random) {
    this.#random = random;
    this.#holds = random.pick(HOLDS);
  }

  /** Waits for a turn and does the work while nobody else does anything. */
  turn<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const { probability, longest } = this.#holds;
      const hold = this.#random.chance(probability) ? this.#random.below(longest) : 0;
      this.#waiting.push({
        start: () => work().then(resolve, reject),
        heldUntil: this.#turns + hold,
      });
    });
  }

  /**
   * Gives turns until all the tasks have ended. Between its turns a task must wait for nothing but
   * turns and promises that are settled already, else the order is not the seed's.
   * @throws what the first task to fail fails with
   */
  async run(tasks: readonly Promise<void>[]): Promise<void> {
    let running = tasks.length;
    const all = Promise.all(tasks.map((task) => task.finally(() => running--)));
    all.catch(() => undefined);
    for (;;) {
      // By the time an immediate runs, whatever settled promises lead to has been done.
      await new Promise((resolve) => setImmediate(resolve));
      if (running === 0) break;
      await this.#draw().start();
    }
    await all;
  }

  #draw(): Waiting {
    this.#turns++;
    const ready = this.#waiting.filter(({ heldUntil }) => heldUntil <= this.#turns);
    if (this.#waiting.length === 0)
      throw new Error('Every task waits for something that never comes.');
    const chosen = this.#random.pick(ready.length > 0 ? ready : this.#waiting);
    this.#waiting = this.#waiting.filter((waiting) => waiting !== chosen);
    return chosen;
  }
}
