/**
 * Idempotency tokens: what a request was answered, for as long as its client may ask again.
 *
 * The answer is written in the transaction that does what the request asks for, so there is neither an
 * effect without an answer nor an answer without an effect. A request that takes several transactions
 * leaves its progress with the first ones, and its repetition goes on from there.
 */
import type { Collection } from './collections.ts';
import { TokenMismatchError } from './errors.ts';
import { tokenKey } from './keys.ts';
import type { Item, Table, Write } from './table.ts';

/** A request that its client may repeat. */
export interface TokenRequest {
  readonly operation: string;
  readonly token: string;
  /** Of the parameters: equal for equal ones, else different. */
  readonly fingerprint: string;
}

/** What is known of a request; both are as JSON has them. */
export type Outcome<Answer, Progress> =
  | { readonly answer: Answer }
  | { readonly progress: Progress };

/** The service keeps them for as long. */
const LIFETIME_S = 24 * 60 * 60;

interface TokenItem extends Item {
  readonly fingerprint: string;
  /** An {@link Outcome}. */
  readonly outcome: string;
  /** Seconds since the epoch; the table's TTL deletes the item some time after. */
  readonly expires: number;
}

export class Tokens {
  readonly #table: Table;
  readonly #clock: () => Date;

  constructor(table: Table, clock: () => Date) {
    this.#table = table;
    this.#clock = clock;
  }

  /**
   * @returns undefined for a request that has not been seen, or longer ago than a token lives
   * @throws TokenMismatchError
   */
  async find<Answer, Progress>(
    { generation }: Pick<Collection, 'generation'>,
    { operation, token, fingerprint }: TokenRequest,
  ): Promise<Outcome<Answer, Progress> | undefined> {
    const item = await this.#table.get(tokenKey(generation, operation, token));
    if (item === undefined) return undefined;
    const known = item as TokenItem;
    if (known.expires <= this.#seconds()) return undefined;
    if (known.fingerprint !== fingerprint) throw new TokenMismatchError(token);
    return JSON.parse(known.outcome) as Outcome<Answer, Progress>;
  }

  /**
   * Whether more is known of a request by now.
   * @param earlier what has been found before
   * @throws TokenMismatchError
   */
  async hasChanged(
    collection: Collection,
    request: TokenRequest,
    earlier: Outcome<unknown, unknown> | undefined,
  ): Promise<boolean> {
    const found = await this.find(collection, request);
    return JSON.stringify(found) !== JSON.stringify(earlier);
  }

  /**
   * The write that notes an outcome, to be made part of a transaction. It is refused if somebody else has
   * noted one.
   * @param earlier what has been found before
   */
  write(
    { generation }: Pick<Collection, 'generation'>,
    { operation, token, fingerprint }: TokenRequest,
    outcome: Outcome<unknown, unknown>,
    earlier: Outcome<unknown, unknown> | undefined,
  ): Write {
    const item: TokenItem = {
      ...tokenKey(generation, operation, token),
      fingerprint,
      outcome: JSON.stringify(outcome),
      expires: this.#seconds() + LIFETIME_S,
    };
    if (earlier !== undefined) {
      const values = { ':earlier': JSON.stringify(earlier), ':fingerprint': fingerprint };
      const condition = 'outcome = :earlier AND fingerprint = :fingerprint';
      return { put: item, condition, values };
    }
    const condition = 'attribute_not_exists(pk) OR expires <= :now';
    return { put: item, condition, values: { ':now': this.#seconds() } };
  }

  #seconds(): number {
    return Math.floor(this.#clock().getTime() / 1000);
  }
}
