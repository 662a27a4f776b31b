/**
 * Users: a person of a collection, with up to 100 faces and one vector made from them.
 *
 * A user and its faces point to each other. Whatever changes one side changes the other in the same
 * transaction, together with the entry of the tail that makes the user's new vector searchable and with
 * the note of the request's token. A user carries a revision, new with every change; a change that was
 * decided on an older one is decided again.
 */
import type { Collection } from './collections.ts';
import type { Erasures } from './erasures.ts';
import { UserExistsError, UserNotFoundError } from './errors.ts';
import { type Slot, userKey } from './keys.ts';
import type { Quotas } from './quotas.ts';
import type { Retries } from './retries.ts';
import { attributesOf, type Place } from './slots.ts';
import type { Table, Write } from './table.ts';
import type { Outcome, TokenRequest, Tokens } from './tokens.ts';
import type { User } from './user-item.ts';
import { UserReader } from './user-reader.ts';
import { UserRequests } from './user-requests.ts';
import type { TailEncoder, UserWrites } from './user-writes.ts';
import { association, disassociation, unchanged } from './user-writes.ts';

export interface UserChange {
  /** Ids of faces that exist and belong to nobody. With those below at most {@link FACES_PER_CHANGE}. */
  readonly associated: readonly string[];
  /** Ids of faces of the user. */
  readonly disassociated: readonly string[];
  /** As it is then; undefined for a user that has no faces any more. */
  readonly vector: Float32Array | undefined;
}

/** What a request does next: perhaps a change, and either its answer or how it goes on. */
export type Decision<Answer, Progress> = { readonly change?: UserChange | undefined } & Outcome<
  Answer,
  Progress
>;

/** A transaction holds 100 writes: the user, two tails, a counter and the token, the others for faces. */
export const FACES_PER_CHANGE = 95;

/** When a user is deleted, the note of the deletion needs one more. */
const FACES_PER_DELETION = FACES_PER_CHANGE - 1;

export interface UsersOptions {
  readonly table: Table;
  readonly retries: Retries;
  readonly tokens: Tokens;
  readonly erasures: Pick<Erasures, 'begin'>;
  readonly quotas: Quotas;
  readonly writes: UserWrites;
}

export class Users extends UserReader {
  readonly #table: Table;
  readonly #retries: Retries;
  readonly #requests: UserRequests;
  readonly #erasures: Pick<Erasures, 'begin'>;
  readonly #quotas: Quotas;
  readonly #writes: UserWrites;

  constructor({ table, retries, tokens, erasures, quotas, writes }: UsersOptions) {
    super(table);
    this.#table = table;
    this.#retries = retries;
    this.#requests = new UserRequests(retries, tokens);
    this.#erasures = erasures;
    this.#quotas = quotas;
    this.#writes = writes;
  }

  /**
   * @throws UserExistsError, CollectionNotFoundError, CollectionChangedError, CollectionFullError, TokenMismatchError,
   *   UserBusyError
   */
  async create(
    collection: Collection,
    userId: string,
    request: TokenRequest | undefined,
  ): Promise<void> {
    const creation = this.#writes.creation(collection, userId);
    await this.#requests.untilAnswered(collection, userId, request, async (noted) => {
      if (await this.#quotas.isFull(collection, 'users', 1)) {
        const isThere = (await this.get(collection, userId)) !== undefined;
        throw isThere ? new UserExistsError(userId) : this.#quotas.error(collection, 'users');
      }
      const refusals = await this.#table.transact([...creation, ...noted({ answer: true })]);
      if (refusals === undefined) return { answer: true };
      const [user, counter, token] = refusals;
      if (counter !== undefined) await this.#writes.requireUnchanged(collection);
      if (user !== undefined && token === undefined) throw new UserExistsError(userId);
      return undefined;
    });
  }

  /**
   * Changes a user as often as it takes to answer a request.
   * @param decide what comes next, from the user as it is and what has been done of the request before;
   *   asked again whenever others have changed the user or one of the faces meanwhile
   * @returns the answer, which is noted under the request's token and must be as JSON has it
   * @throws UserNotFoundError, CollectionNotFoundError, CollectionChangedError, TokenMismatchError, UserBusyError, and
   *   what `decide` throws
   */
  async change<Answer, Progress = never>(
    collection: Collection,
    userId: string,
    request: TokenRequest | undefined,
    encoder: TailEncoder,
    decide: (user: User, progress: Progress | undefined) => Promise<Decision<Answer, Progress>>,
  ): Promise<Answer> {
    return this.#requests.untilAnswered<Answer, Progress>(
      collection,
      userId,
      request,
      async (noted, progress) => {
        const user = await this.#existing(collection, userId);
        const { change, ...outcome } = await decide(user, progress);
        const writes = [
          ...(change === undefined
            ? [unchanged(collection, user)]
            : await this.#changeWrites(collection, user, change, encoder)),
          ...noted(outcome),
        ];
        const needless = change === undefined && writes.length === 1;
        if (needless || (await this.#table.transact(writes)) === undefined) return outcome;
        await this.#writes.requireUnchanged(collection);
        return undefined;
      },
    );
  }

  /**
   * Sets the faces of a user free and deletes it. The faces stay in the collection.
   * @throws CollectionNotFoundError, CollectionChangedError, UserNotFoundError, TokenMismatchError, UserBusyError
   */
  async delete(
    collection: Collection,
    userId: string,
    request: TokenRequest | undefined,
    encoder: TailEncoder,
  ): Promise<void> {
    await this.#requests.untilAnswered<true, true>(collection, userId, request, async (noted) => {
      const user = await this.#existing(collection, userId);
      const { faceIds } = user;
      if (faceIds.length > FACES_PER_DELETION) {
        const disassociated = faceIds.slice(0, FACES_PER_DELETION);
        const change = { associated: [], disassociated, vector: undefined };
        const writes = await this.#changeWrites(collection, user, change, encoder);
        const refusals = await this.#table.transact(writes);
        if (refusals !== undefined) await this.#writes.requireUnchanged(collection);
        return undefined;
      }
      const refusals = await this.#table.transact([
        ...this.#writes.deletion(collection, user, encoder),
        ...faceIds.map((faceId) => disassociation(collection, faceId, userId)),
        this.#erasures.begin({
          subject: 'USER',
          cause: 'REQUEST',
          collectionId: collection.id,
          generation: collection.generation,
          ids: [user.id],
          names: [userId],
        }),
        ...noted({ answer: true }),
      ]);
      if (refusals === undefined) return { answer: true };
      await this.#writes.requireUnchanged(collection);
      return undefined;
    });
  }

  async #existing(collection: Collection, userId: string): Promise<User> {
    const user = await this.get(collection, userId);
    if (user === undefined) throw new UserNotFoundError(userId);
    return user;
  }

  /**
   * Makes the vector of a user anew in the upgrade under way, whatever it was.
   * @returns whether there is one; undefined for a user that is gone
   * @throws CollectionNotFoundError, CollectionChangedError, BusyError
   */
  async reindex(
    collection: Collection,
    userId: string,
    encoder: TailEncoder,
  ): Promise<boolean | undefined> {
    const { done } = await this.#retries.untilWon(async () => {
      const user = await this.get(collection, userId);
      if (user === undefined) return { done: undefined };
      const { writes, vector } = await this.#writes.reindexing(collection, user, encoder);
      if ((await this.#table.transact(writes)) === undefined) return { done: vector !== undefined };
      await this.#writes.requireUnchanged(collection);
      return undefined;
    });
    return done;
  }

  /** Takes the vector of a slot from a user; may be repeated. @param id the key */
  async strip({ generation }: Place, slot: Slot, id: string): Promise<void> {
    await this.#table.update(userKey(generation, id), {
      expression: `REMOVE ${attributesOf({ slot }).vector}`,
      condition: 'attribute_exists(pk)',
      values: {},
    });
  }

  async #changeWrites(
    collection: Collection,
    user: User,
    { associated, disassociated, vector }: UserChange,
    encoder: TailEncoder,
  ): Promise<Write[]> {
    const leaving = new Set(disassociated);
    const faceIds = [...user.faceIds.filter((id) => !leaving.has(id)), ...associated];
    return [
      ...(await this.#writes.change(collection, user, { faceIds, vector }, encoder)),
      this.#writes.unchangedCollection(collection),
      ...associated.map((faceId) => association(collection, faceId, user.userId)),
      ...disassociated.map((faceId) => disassociation(collection, faceId, user.userId)),
    ];
  }
}
