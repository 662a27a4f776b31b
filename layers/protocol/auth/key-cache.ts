/**
 * Access keys for a while in memory: a request does not wait for the key store, and a key that has been
 * revoked stops working within a minute.
 *
 *     read                 fresh for 30 s                        60 s
 *      |----- served from memory -----|-- read again; if the store fails, served --|x
 *
 * Times count from before the read, so that they bound the age of what the store said.
 *
 * Ids that somebody made up cost the store nothing where ids prove themselves (`access-key.ts`).
 */
import type { AccessKey } from './access-key.ts';
import { bearsMark, isKeyId } from './access-key.ts';

/** Where keys are found. */
export interface KeySource {
  /** @returns undefined if there is no such key, or not any more */
  find(id: string): Promise<AccessKey | undefined>;
  /**
   * The secret with which ids of this store prove themselves; absent where asking for any costs next to nothing.
   * @returns undefined where no key has been issued yet, so that there is none to be found
   */
  readonly mark?: (() => Promise<Uint8Array | undefined>) | undefined;
}

const FRESH_MS = 30_000;
/** A store that fails does not lock out those whose key was good a moment ago. */
const USABLE_MS = 55_000;
const UNKNOWN_MS = 5_000;
/** Of ids that anybody may make up. */
const MOST_UNKNOWN = 1_000;

interface Known {
  readonly key: AccessKey;
  readonly readAt: number;
}

export class KeyCache implements KeySource {
  readonly #source: KeySource;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();
  /** When an id was found to be nobody's. */
  readonly #unknown = new Map<string, number>();
  readonly #reading = new Map<string, Promise<AccessKey | undefined>>();
  /** Never changes once it is there. */
  #mark: Uint8Array | undefined;
  #asking: Promise<Uint8Array | undefined> | undefined;
  /** When there was found to be none. */
  #unmarkedSince = Number.NEGATIVE_INFINITY;

  /**
   * @param now the time of day in milliseconds. A clock that counts from the start of the process may stand
   *   still while Lambda keeps the process frozen, and make a key outlive its minute.
   */
  constructor(source: KeySource, now: () => number) {
    this.#source = source;
    this.#now = now;
  }

  /**
   * Asks for what every first request would wait for. Failing is no harm: then that request asks.
   */
  async prepare(): Promise<void> {
    await this.#isIssued('').catch(() => undefined);
  }

  /** @throws the store's error, if it fails and nothing usable is known */
  async find(id: string): Promise<AccessKey | undefined> {
    if (!isKeyId(id)) return undefined;
    const known = this.#known.get(id);
    if (known !== undefined && this.#isWithin(FRESH_MS, known.readAt)) return known.key;
    const unknownSince = this.#unknown.get(id);
    if (unknownSince !== undefined && this.#isWithin(UNKNOWN_MS, unknownSince)) return undefined;
    const isToProve = known === undefined && this.#source.mark !== undefined;
    if (isToProve && !(await this.#isIssued(id))) return undefined;
    try {
      return await this.#readOnce(id);
    } catch (error) {
      if (known === undefined || !this.#isWithin(USABLE_MS, known.readAt)) throw error;
      return known.key;
    }
  }

  /** Whether the store may know an id, as far as that can be told without asking for it. */
  async #isIssued(id: string): Promise<boolean> {
    const { mark: ask } = this.#source;
    if (ask === undefined) return true;
    if (this.#mark === undefined) {
      const askedAt = this.#now();
      if (this.#isWithin(UNKNOWN_MS, this.#unmarkedSince)) return false;
      this.#asking ??= ask.call(this.#source).finally(() => {
        this.#asking = undefined;
      });
      this.#mark = await this.#asking;
      if (this.#mark === undefined) this.#unmarkedSince = askedAt;
    }
    return this.#mark !== undefined && bearsMark(id, this.#mark);
  }

  /** Not so if the clock was set back since: then nobody knows for how long. */
  #isWithin(milliseconds: number, since: number): boolean {
    const age = this.#now() - since;
    return age >= 0 && age < milliseconds;
  }

  /** Requests that arrive together share one read. */
  #readOnce(id: string): Promise<AccessKey | undefined> {
    const underWay = this.#reading.get(id);
    if (underWay !== undefined) return underWay;
    const reading = this.#read(id).finally(() => this.#reading.delete(id));
    this.#reading.set(id, reading);
    return reading;
  }

  async #read(id: string): Promise<AccessKey | undefined> {
    const readAt = this.#now();
    const key = await this.#source.find(id);
    if (key === undefined) {
      this.#known.delete(id);
      if (this.#unknown.size >= MOST_UNKNOWN) this.#unknown.clear();
      this.#unknown.set(id, readAt);
    } else {
      this.#unknown.delete(id);
      this.#known.set(id, { key, readAt });
    }
    return key;
  }
}
