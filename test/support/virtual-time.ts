/**
 * A clock that jumps to the next thing that is waited for, as soon as nothing else happens. Whatever takes
 * real time (sockets, files, threads) does not belong under it.
 */
import { setImmediate } from 'node:timers/promises';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

export class VirtualTime {
  /** Milliseconds. */
  #now = 0;
  #sleepers: Sleeper[] = [];

  readonly clock = (): number => this.#now;

  readonly sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const give = () => reject(signal?.reason);
      if (signal?.aborted) {
        give();
        return;
      }
      const sleeper = {
        until: this.#now + milliseconds,
        wake: () => {
          signal?.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      const giveUp = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        give();
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#sleepers.push(sleeper);
    });

  /** Runs work to its end. @throws what the work throws; Error if it waits for what never comes */
  async run<T>(work: () => Promise<T>): Promise<T> {
    let over = false;
    const end = () => {
      over = true;
    };
    const running = work();
    running.then(end, end);
    while (true) {
      await setImmediate();
      if (over) return running;
      const next = this.#sleepers.reduce<Sleeper | undefined>(
        (first, sleeper) => (first === undefined || sleeper.until < first.until ? sleeper : first),
        undefined,
      );
      if (next === undefined) throw new Error('Nothing will ever happen.');
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== next);
      this.#now = Math.max(this.#now, next.until);
      next.wake();
    }
  }
}
