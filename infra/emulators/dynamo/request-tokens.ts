/**
 * Client request tokens: a transaction repeated with its token within ten minutes is done once.
 *
 * A token is stored in the same commit as its transaction, so this holds across a crash between
 * the commit and its answer.
 */
import { createHash } from 'node:crypto';
import { keysUnder, type Store, type Write } from '../storage/index.ts';
import { DynamoError } from './errors.ts';

const TOKENS = 'token/';
const LIFETIME_MS = 10 * 60 * 1000;

interface StoredToken {
  token: string;
  fingerprint: string;
  /** Milliseconds since the epoch. */
  expires: number;
}

interface Known extends StoredToken {
  /** Settles with the transaction. */
  done: Promise<unknown>;
}

export class RequestTokens {
  /** In the order of expiry. */
  readonly #known = new Map<string, Known>();
  readonly #now: () => number;

  private constructor(now: () => number) {
    this.#now = now;
  }

  /** @param now the clock, in milliseconds since the epoch */
  static async load(storage: Store, now: () => number): Promise<RequestTokens> {
    const tokens = new RequestTokens(now);
    const stored: StoredToken[] = [];
    for await (const chunk of storage.values(keysUnder(TOKENS))) {
      stored.push(...(chunk as StoredToken[]));
    }
    stored.sort((a, b) => a.expires - b.expires);
    for (const token of stored)
      tokens.#known.set(token.token, { ...token, done: Promise.resolve() });
    return tokens;
  }

  /**
   * Runs `transaction` unless the token is known; then waits for the earlier run. A transaction that
   * fails is forgotten, so that it may be tried again.
   * @param fingerprint what `fingerprintOf` made of the actions
   * @param transaction commits the writes it is given together with its own
   * @throws DynamoError IdempotentParameterMismatchException if the token came with other actions
   */
  async once(
    token: string | undefined,
    fingerprint: string,
    transaction: (tokenWrites: Write[]) => Promise<void>,
  ): Promise<void> {
    const expired = this.#forgetExpired();
    if (token === undefined) return transaction(expired);
    const known = this.#known.get(token);
    if (known !== undefined) {
      if (known.fingerprint !== fingerprint) throw mismatch();
      await known.done;
      return;
    }
    const stored: StoredToken = { token, fingerprint, expires: this.#now() + LIFETIME_MS };
    const done = transaction([...expired, { type: 'put', key: TOKENS + token, value: stored }]);
    this.#known.set(token, { ...stored, done });
    try {
      await done;
    } catch (error) {
      this.#known.delete(token);
      throw error;
    }
  }

  /** The writes that delete the expired tokens; a later load drops what a failed commit leaves. */
  #forgetExpired(): Write[] {
    const now = this.#now();
    const writes: Write[] = [];
    for (const { token, expires } of this.#known.values()) {
      if (expires > now) break;
      this.#known.delete(token);
      writes.push({ type: 'del', key: TOKENS + token });
    }
    return writes;
  }
}

/** Equal for equal actions and, but for SHA-256 collisions, for no others. */
export function fingerprintOf(actions: readonly object[]): string {
  return createHash('sha256').update(JSON.stringify(actions)).digest('base64');
}

function mismatch(): DynamoError {
  return new DynamoError(
    'IdempotentParameterMismatchException',
    'The request uses the same client token as a previous, but non-identical request. ' +
      'Do not reuse a client token with different requests, unless the requests are identical',
  );
}
