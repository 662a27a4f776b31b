/** So many at once; the others wait in the order in which they came, and no more than so many of them. */
import { InferenceBusyError } from '../errors.ts';
import { ClientGoneError, type Piece } from './work.ts';

/** Who enters; told of how long that took, if they want to know. */
export type Visitor = Pick<Piece, 'signal' | 'isPatient'> & Partial<Pick<Piece, 'waited'>>;

export interface PlacesOptions {
  readonly places: number;
  /** The most that wait. Default: any number. */
  readonly waiting?: number;
}

export class Places {
  readonly #queue: (() => void)[] = [];
  readonly #mostWaiting: number;
  #free: number;

  constructor({ places, waiting = Number.POSITIVE_INFINITY }: PlacesOptions) {
    this.#free = places;
    this.#mostWaiting = waiting;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * @returns how to leave again; to be called once
   * @throws ClientGoneError, and InferenceBusyError for a piece of work that is not patient
   */
  async enter({ signal, isPatient, waited }: Visitor): Promise<() => void> {
    if (signal.aborted) throw gone();
    if (this.#free > 0) {
      this.#free--;
    } else {
      if (!isPatient && this.#queue.length >= this.#mostWaiting) {
        throw new InferenceBusyError(`${this.#queue.length} pictures wait already.`);
      }
      const since = performance.now();
      await this.#wait(signal);
      waited?.(performance.now() - since);
    }
    return () => this.#leave();
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#queue.splice(this.#queue.indexOf(enter), 1);
        reject(gone());
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#queue.push(enter);
    });
  }

  /** A place goes straight to whoever waits: nobody who comes later gets in between. */
  #leave(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}

function gone(): ClientGoneError {
  return new ClientGoneError('The client has gone.');
}
