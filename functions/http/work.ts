/**
 * How much is done at once for requests that look at photographs, and that nothing is done for a client that
 * has gone.
 *
 * A piece of work that reads a photograph takes a place, and keeps it until it is over: so few photographs
 * are in memory as pixels, and the threads that decoders and models share with the file system are never all
 * taken.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** The client has gone; nobody waits for an answer. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
}

interface Piece {
  readonly signal: AbortSignal;
  place: Promise<void> | undefined;
}

export class Work {
  readonly #pieces = new AsyncLocalStorage<Piece>();
  readonly #waiting: (() => void)[] = [];
  readonly #places: number;
  #free: number;

  /** @param places pieces of work at once that look at photographs */
  constructor(places: number) {
    this.#places = places;
    this.#free = places;
  }

  /** Does a piece of work, and frees its place when it is over. @param signal aborted when the client goes */
  run<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    const piece: Piece = { signal, place: undefined };
    return this.#pieces.run(piece, async () => {
      try {
        return await task();
      } finally {
        if (piece.place !== undefined)
          void piece.place.then(
            () => this.#leave(),
            () => undefined,
          );
      }
    });
  }

  /** Whether somebody has a place, or waits for one. */
  get isBusy(): boolean {
    return this.#free < this.#places || this.#waiting.length > 0;
  }

  /**
   * Resolves when the piece of work that asks has a place.
   * @throws ClientGoneError
   */
  async place(): Promise<void> {
    const piece = this.#pieces.getStore();
    if (piece === undefined) return;
    piece.place ??= this.#enter(piece.signal);
    await piece.place;
    this.goOn();
  }

  /** @throws ClientGoneError if nobody waits for what would be done */
  goOn(): void {
    if (this.#pieces.getStore()?.signal.aborted) throw new ClientGoneError('The client has gone.');
  }

  #enter(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave);
        this.#free -= 1;
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(new ClientGoneError('The client has gone.'));
      };
      if (signal.aborted) return reject(new ClientGoneError('The client has gone.'));
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(enter);
      this.#admit();
    });
  }

  #leave(): void {
    this.#free += 1;
    this.#admit();
  }

  #admit(): void {
    while (this.#free > 0 && this.#waiting.length > 0) this.#waiting.shift()?.();
  }
}
