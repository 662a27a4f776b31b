/**
 * Pieces of work, each for somebody who waits for it: a request of a client, a message of a queue. What is
 * taken on behalf of a piece of work is given back when the piece is over, however it ends.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** The client has gone; nobody waits for an answer. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
}

export interface Piece {
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
  /** Whether it waits as long as it takes, rather than be turned away where too many wait. */
  readonly isPatient: boolean;
  /** Says that it has waited so many milliseconds for its turn. */
  waited(milliseconds: number): void;
  /** @param giveBack called once, when the piece is over; must not throw */
  atEnd(giveBack: () => void): void;
}

export class Work {
  readonly #pieces = new AsyncLocalStorage<Piece>();

  /**
   * Does a piece of work.
   *
   * @param signal aborted when the client goes
   * @param onWait told each time of the milliseconds that it has waited for its turn
   */
  async run<T>(
    signal: AbortSignal,
    task: () => Promise<T>,
    {
      isPatient = false,
      onWait = () => undefined,
    }: { readonly isPatient?: boolean; readonly onWait?: (milliseconds: number) => void } = {},
  ): Promise<T> {
    const endings: (() => void)[] = [];
    let isOver = false;
    const piece: Piece = {
      signal,
      isPatient,
      waited: onWait,
      atEnd: (giveBack) => {
        if (isOver) giveBack();
        else endings.push(giveBack);
      },
    };
    try {
      return await this.#pieces.run(piece, task);
    } finally {
      isOver = true;
      for (const giveBack of endings) giveBack();
    }
  }

  /** The piece of work that asks. @throws TypeError outside of any */
  get piece(): Piece {
    const piece = this.#pieces.getStore();
    if (piece === undefined) throw new TypeError('Nobody waits for this: it is no piece of work.');
    return piece;
  }
}
