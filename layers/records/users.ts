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
import {
  BusyError,
  CollectionNotFoundError,
  UserBusyError,
  UserExistsError,
  UserNotFoundError,
} from './errors.ts';
import { countKey, faceKey, userKey, usersPartition } from './keys.ts';
import type { Patience } from './patience.ts';
import type { Quotas } from './quotas.ts';
import type { Table, Write } from './table.ts';
import type { Tail } from './tail.ts';
import type { Outcome, TokenRequest, Tokens } from './tokens.ts';
import type { IdentifiedUser, User } from './user-item.ts';
import { fromItem, isIdentified, toItem, userKeyOf } from './user-item.ts';

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

/** Makes the payload of an entry in the tail. */
export interface TailEncoder {
  vector(id: string, vector: Float32Array): Uint8Array;
  deletion(id: string): Uint8Array;
}

/** A transaction holds 100 writes: the user, the tail and the token, the others for faces. */
export const FACES_PER_CHANGE = 97;

/** When a user is deleted, its counter needs one more, and so does the note of the deletion. */
const FACES_PER_DELETION = FACES_PER_CHANGE - 2;

export interface UsersOptions {
  readonly table: Table;
  readonly patience: Patience;
  readonly tail: Tail;
  readonly tokens: Tokens;
  readonly erasures: Pick<Erasures, 'begin'>;
  /** Distinct. */
  readonly newId: () => string;
  readonly quotas: Quotas;
  /** The counter of this environment. */
  readonly bucket: number;
}

export class Users {
  readonly #table: Table;
  readonly #patience: Patience;
  readonly #tail: Tail;
  readonly #tokens: Tokens;
  readonly #erasures: Pick<Erasures, 'begin'>;
  readonly #newId: () => string;
  readonly #quotas: Quotas;
  readonly #bucket: number;

  constructor({ table, patience, tail, tokens, erasures, newId, quotas, bucket }: UsersOptions) {
    this.#table = table;
    this.#patience = patience;
    this.#tail = tail;
    this.#tokens = tokens;
    this.#erasures = erasures;
    this.#newId = newId;
    this.#quotas = quotas;
    this.#bucket = bucket;
  }

  /** @throws UserExistsError, CollectionNotFoundError, CollectionFullError, TokenMismatchError, UserBusyError */
  async create(
    collection: Collection,
    userId: string,
    request: TokenRequest | undefined,
  ): Promise<void> {
    const { generation } = collection;
    const item = toItem(generation, { id: userKeyOf(userId), userId, faceIds: [] }, this.#newId());
    await this.#untilAnswered(collection, userId, request, async (noted) => {
      if (await this.#quotas.isFull(collection, 'users', 1)) {
        const isThere = (await this.get(collection, userId)) !== undefined;
        throw isThere ? new UserExistsError(userId) : this.#quotas.error(collection, 'users');
      }
      const refusals = await this.#table.transact([
        { put: item, condition: 'attribute_not_exists(pk)' },
        this.#count(collection, 1),
        ...noted({ answer: true }),
      ]);
      if (refusals === undefined) return { answer: true };
      const [user, counter, token] = refusals;
      if (counter !== undefined) throw new CollectionNotFoundError(collection.id);
      if (user !== undefined && token === undefined) throw new UserExistsError(userId);
      return undefined;
    });
  }

  /**
   * Changes a user as often as it takes to answer a request.
   * @param decide what comes next, from the user as it is and what has been done of the request before;
   *   asked again whenever others have changed the user or one of the faces meanwhile
   * @returns the answer, which is noted under the request's token and must be as JSON has it
   * @throws UserNotFoundError, TokenMismatchError, UserBusyError, and what `decide` throws
   */
  async change<Answer, Progress = never>(
    collection: Collection,
    userId: string,
    request: TokenRequest | undefined,
    encoder: TailEncoder,
    decide: (user: User, progress: Progress | undefined) => Promise<Decision<Answer, Progress>>,
  ): Promise<Answer> {
    return this.#untilAnswered<Answer, Progress>(
      collection,
      userId,
      request,
      async (noted, progress) => {
        const user = await this.#existing(collection, userId);
        const { change, ...outcome } = await decide(user, progress);
        const writes = [
          ...(change === undefined
            ? [unchanged(collection, user)]
            : this.#changeWrites(collection, user, change, encoder)),
          ...noted(outcome),
        ];
        const needless = change === undefined && writes.length === 1;
        if (!needless && (await this.#table.transact(writes)) !== undefined) return undefined;
        return outcome;
      },
    );
  }

  /**
   * Sets the faces of a user free and deletes it. The faces stay in the collection.
   * @throws CollectionNotFoundError, UserNotFoundError, TokenMismatchError, UserBusyError
   */
  async delete(
    collection: Collection,
    userId: string,
    request: TokenRequest | undefined,
    encoder: TailEncoder,
  ): Promise<void> {
    await this.#untilAnswered<true, true>(collection, userId, request, async (noted) => {
      const user = await this.#existing(collection, userId);
      const { faceIds } = user;
      if (faceIds.length > FACES_PER_DELETION) {
        const disassociated = faceIds.slice(0, FACES_PER_DELETION);
        const change = { associated: [], disassociated, vector: undefined };
        await this.#table.transact(this.#changeWrites(collection, user, change, encoder));
        return undefined;
      }
      const refusals = await this.#table.transact([
        { remove: userKey(collection.generation, user.id), ...sameRevision(user) },
        this.#count(collection, -1),
        ...faceIds.map((faceId) => disassociation(collection, faceId, userId)),
        ...this.#tailWrites(collection, user, undefined, encoder),
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
      if (refusals?.[1] !== undefined) throw new CollectionNotFoundError(collection.id);
      return refusals === undefined ? { answer: true } : undefined;
    });
  }

  async get({ generation }: Collection, userId: string): Promise<User | undefined> {
    const item = await this.#table.get(userKey(generation, userKeyOf(userId)));
    return item && fromItem(item);
  }

  /** Those of the users that have a vector, in no order. @param ids their keys, distinct */
  async getMany({ generation }: Collection, ids: readonly string[]): Promise<IdentifiedUser[]> {
    const items = await this.#table.batchGet(ids.map((id) => userKey(generation, id)));
    return items.map(fromItem).filter(isIdentified);
  }

  /** Which of the user ids, as clients know them, exist. @param userIds distinct */
  async existing(
    { generation }: Pick<Collection, 'generation'>,
    userIds: readonly string[],
  ): Promise<Set<string>> {
    const keys = userIds.map((userId) => userKey(generation, userKeyOf(userId)));
    const items = await this.#table.batchGet(keys, ['userId']);
    return new Set(items.map(({ userId }) => String(userId)));
  }

  /** In the order of their keys. @param options.after the key after which to begin */
  async *list(
    { generation }: Collection,
    options: { readonly after?: string | undefined; readonly expected?: number } = {},
  ): AsyncGenerator<User> {
    const { after, expected } = options;
    const query = { after, ...(expected === undefined ? {} : { pageSize: expected }) };
    for await (const page of this.#table.query(usersPartition(generation), query)) {
      yield* page.map(fromItem);
    }
  }

  /** Every user that has a vector. @param after the key after which to begin */
  async *all(collection: Collection, after?: string): AsyncGenerator<IdentifiedUser> {
    for await (const user of this.list(collection, { after })) if (isIdentified(user)) yield user;
  }

  /**
   * Answers a request once, whatever it takes.
   * @param attempt resolves to undefined when it did not get through and has to be made again;
   *   `noted` gives the writes that note an outcome, none for a request without a token
   */
  async #untilAnswered<Answer, Progress>(
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
        const outcome = await this.#patience.untilWon(step);
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

  async #existing(collection: Collection, userId: string): Promise<User> {
    const user = await this.get(collection, userId);
    if (user === undefined) throw new UserNotFoundError(userId);
    return user;
  }

  #changeWrites(
    collection: Collection,
    user: User,
    { associated, disassociated, vector }: UserChange,
    encoder: TailEncoder,
  ): Write[] {
    const leaving = new Set(disassociated);
    const faceIds = [...user.faceIds.filter((id) => !leaving.has(id)), ...associated];
    const { id, userId } = user;
    const next = toItem(collection.generation, { id, userId, faceIds, vector }, this.#newId());
    return [
      { put: next, ...sameRevision(user) },
      ...associated.map((faceId) => association(collection, faceId, userId)),
      ...disassociated.map((faceId) => disassociation(collection, faceId, userId)),
      ...this.#tailWrites(collection, user, vector, encoder),
    ];
  }

  /** The entry that brings a user's new vector into the index, or takes it out. */
  #tailWrites(
    { generation }: Collection,
    { id, vector: before }: User,
    after: Float32Array | undefined,
    encoder: TailEncoder,
  ): Write[] {
    if (after !== undefined) {
      const payload = encoder.vector(id, after);
      return [this.#tail.append(generation, 'users', { kind: 'add', count: 1, payload })];
    }
    if (before === undefined) return [];
    const payload = encoder.deletion(id);
    return [this.#tail.append(generation, 'users', { kind: 'remove', count: 1, payload })];
  }

  #count({ generation }: Collection, change: number): Write {
    return {
      update: countKey(generation, this.#bucket),
      expression: 'ADD #users :change',
      names: { '#users': 'users' },
      condition: 'attribute_exists(pk)',
      values: { ':change': change },
    };
  }
}

function association({ generation }: Collection, faceId: string, userId: string): Write {
  return {
    update: faceKey(generation, faceId),
    expression: 'SET userId = :user',
    condition: 'attribute_exists(pk) AND attribute_not_exists(userId)',
    values: { ':user': userId },
  };
}

function disassociation({ generation }: Collection, faceId: string, userId: string): Write {
  return {
    update: faceKey(generation, faceId),
    expression: 'REMOVE userId',
    condition: 'userId = :user',
    values: { ':user': userId },
  };
}

function unchanged({ generation }: Collection, user: User): Write {
  return { check: userKey(generation, user.id), ...sameRevision(user) };
}

function sameRevision({ revision }: User) {
  return { condition: 'revision = :revision', values: { ':revision': revision } };
}
