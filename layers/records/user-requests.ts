/**
 * Requests that change a user, each answered once: what was answered is noted under the request's token in the
 * transaction that does it, and an attempt that others got ahead of is made again.
 */
import type { Collection } from './collections.ts';
import { BusyError, UserBusyError } from './errors.ts';
import type { Retries } from './retries.ts';
import type { Write } from './table.ts';
import type { Outcome, TokenRequest, Tokens } from './tokens.ts';

export class UserRequests {
  readonly #retries: Retries;
  readonly #tokens: Tokens;

  constructor(retries: Retries, tokens: Tokens) {
    this.#retries = retries;
    this.#tokens = tokens;
  }

  /**
   * Answers a request once, whatever it takes.
   * @param attempt resolves to undefined when it did not get through and has to be made again;
   *   `noted` gives the writes that note an outcome, none for a request without a token
   * @throws UserBusyError, TokenMismatchError, and what `attempt` throws
   */
  async untilAnswered<Answer, Progress>(
    collection: Collection,
    userId: string,
    request: TokenRequest | undefined,
    attempt: (
      noted: (outcome: Outcome<Answer, Progress>) => Write[],
      progress: Progress | undefined,
    ) => Promise<Outcome<Answer, Progress> | undefined>,
  ): Promise<Answer> {
    let earlier: Outcome<Answer, Progress> | undefined;
    const step = async () => {
      if (request) earlier = await this.#tokens.find<Answer, Progress>(collection, request);
      if (earlier && 'answer' in earlier) return earlier;
      const noted = (outcome: Outcome<Answer, Progress>) =>
        request ? [this.#tokens.write(collection, request, outcome, earlier)] : [];
      try {
        return await attempt(noted, earlier?.progress);
      } catch (error) {
        // What was refused may have been refused because the same request has got through elsewhere.
        if (request && (await this.#tokens.hasChanged(collection, request, earlier))) return;
        throw error;
      }
    };
    try {
      for (;;) {
        const outcome = await this.#retries.untilWon(step);
        if ('answer' in outcome) return outcome.answer;
        earlier = outcome;
      }
    } catch (error) {
      if (!(error instanceof BusyError && error.reason === 'conflict')) throw error;
      const found = request && (await this.#tokens.find<Answer, Progress>(collection, request));
      if (found && 'answer' in found) return found.answer;
      throw new UserBusyError(userId, { cause: error });
    }
  }
}
