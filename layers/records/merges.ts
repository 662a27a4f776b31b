/**
 * Making one user of two, and undoing it.
 *
 * The faces of the one become faces of the other, in one transaction or, beyond {@link FACES_PER_MERGE}, in
 * two; each leaves two whole users, so whoever dies in between can go on, or back. A note says which faces came
 * along. It is written with the first of them and outlives the merge for 30 days, so that it can be undone.
 */
import type { Collection } from './collections.ts';
import {
  CollectionNotFoundError,
  MergeNotFoundError,
  UserExistsError,
  UserNotFoundError,
} from './errors.ts';
import { countKey, faceKey, mergeKey, mergesPartition, userKey } from './keys.ts';
import type { Patience } from './patience.ts';
import type { Item, Table, Write } from './table.ts';
import type { Tail } from './tail.ts';
import type { Outcome, TokenRequest, Tokens } from './tokens.ts';
import type { User } from './user-item.ts';
import { fromItem, toItem, userKeyOf } from './user-item.ts';
import type { TailEncoder } from './users.ts';

/** `merging` and `undoing` are under way, or were when somebody died. */
export type MergeState = 'merging' | 'merged' | 'undoing';

export interface Merge {
  readonly id: string;
  readonly state: MergeState;
  /** The user that there is no more. */
  readonly source: string;
  readonly target: string;
  /** Ids of the faces that came along. */
  readonly faceIds: readonly string[];
  /** What was said of it when it began, as JSON has it. */
  readonly preview: object;
}

/** What came of undoing one. */
export interface Undone extends Merge {
  /** Faces that are of the source again. */
  readonly returned: readonly string[];
}

export interface MergesOptions {
  readonly table: Table;
  readonly patience: Patience;
  readonly tail: Tail;
  readonly tokens: Tokens;
  readonly clock: () => Date;
  /** Distinct. */
  readonly newId: () => string;
  /** The counter of this environment. */
  readonly bucket: number;
}

/** A transaction holds 100 writes: two users, two entries of the tail, the counter, the note, the token. */
export const FACES_PER_MERGE = 93;

/** Seconds. */
const LIFETIME_S = 30 * 24 * 60 * 60;

/** @returns the vector of a user with these faces; undefined for none */
export type VectorOf = (faceIds: readonly string[]) => Promise<Float32Array | undefined>;

export class Merges {
  readonly #options: MergesOptions;

  constructor(options: MergesOptions) {
    this.#options = options;
  }

  /**
   * Makes the faces of the source faces of the target, and deletes the source.
   * @param preview what is to be said of it, from the two as they are; throws where they are not to be merged
   * @throws UserNotFoundError, CollectionNotFoundError, TokenMismatchError, BusyError, what `preview` throws
   */
  async merge(
    collection: Collection,
    { source, target }: Pick<Merge, 'source' | 'target'>,
    request: TokenRequest | undefined,
    encoder: TailEncoder,
    vectorOf: VectorOf,
    preview: (source: User, target: User) => Promise<object>,
  ): Promise<Merge> {
    const { patience, tokens } = this.#options;
    for (;;) {
      const outcome = await patience.untilWon(async () => {
        const earlier = request && (await tokens.find<Merge, never>(collection, request));
        if (earlier !== undefined && 'answer' in earlier) return earlier;
        const [from, to] = await this.#both(collection, source, target);
        const begun = await this.#unfinished(collection, source, target);
        const moving = from.faceIds.slice(0, FACES_PER_MERGE);
        const rest = from.faceIds.slice(FACES_PER_MERGE);
        const note: Merge = {
          id: begun?.id ?? this.#options.newId(),
          state: rest.length > 0 ? 'merging' : 'merged',
          source,
          target,
          faceIds: [...(begun?.faceIds ?? []), ...moving],
          preview: begun?.preview ?? (await preview(from, to)),
        };
        const answered: Outcome<Merge, never> = { answer: note };
        const writes = [
          ...moving.map((id) => handOver(collection, id, source, target)),
          ...this.#userWrites(
            collection,
            to,
            [...to.faceIds, ...moving],
            encoder,
            await vectorOf([...to.faceIds, ...moving]),
          ),
          ...(rest.length > 0
            ? this.#userWrites(collection, from, rest, encoder, await vectorOf(rest))
            : this.#deletion(collection, from, encoder)),
          this.#note(collection, note),
          ...(request && rest.length === 0
            ? [tokens.write(collection, request, answered, undefined)]
            : []),
        ];
        if ((await this.#options.table.transact(writes)) !== undefined) {
          await this.#requireCollection(collection);
          return undefined;
        }
        return rest.length > 0 ? { progress: true as const } : answered;
      });
      if ('answer' in outcome) return outcome.answer;
    }
  }

  /**
   * Gives the source back the faces that came along and are still the target's.
   * @throws MergeNotFoundError, UserNotFoundError where the target is gone, UserExistsError where there is
   *   another user of the source's name by now, CollectionNotFoundError, BusyError
   */
  async undo(
    collection: Collection,
    id: string,
    encoder: TailEncoder,
    vectorOf: VectorOf,
  ): Promise<Undone> {
    let note = await this.get(collection, id);
    if (note === undefined) throw new MergeNotFoundError(id);
    for (;;) {
      const { merge, isDone } = await this.#options.patience.untilWon(() =>
        this.#undoStep(collection, id, encoder, vectorOf),
      );
      note = merge;
      if (!isDone) continue;
      const source = await this.#user(collection, note.source);
      const came = new Set(note.faceIds);
      return { ...note, returned: (source?.faceIds ?? []).filter((face) => came.has(face)) };
    }
  }

  async get(collection: Collection, id: string): Promise<Merge | undefined> {
    const item = await this.#options.table.get(mergeKey(collection.generation, id));
    return item && this.#isAlive(item) ? mergeOf(item) : undefined;
  }

  /** @returns undefined if somebody else changed one of the users meanwhile */
  async #undoStep(
    collection: Collection,
    id: string,
    encoder: TailEncoder,
    vectorOf: VectorOf,
  ): Promise<{ merge: Merge; isDone: boolean } | undefined> {
    const merge = await this.get(collection, id);
    if (merge === undefined) throw new MergeNotFoundError(id);
    const to = await this.#user(collection, merge.target);
    if (to === undefined) throw new UserNotFoundError(merge.target);
    const from = await this.#user(collection, merge.source);
    if (from !== undefined && merge.state === 'merged') throw new UserExistsError(merge.source);
    const came = new Set(merge.faceIds);
    const all = to.faceIds.filter((face) => came.has(face));
    const moving = all.slice(0, FACES_PER_MERGE);
    const isDone = moving.length === all.length;
    const left = to.faceIds.filter((face) => !moving.includes(face));
    const returned = [...(from?.faceIds ?? []), ...moving];
    const vector = await vectorOf(returned);
    const writes = [
      ...moving.map((face) => handOver(collection, face, merge.target, merge.source)),
      ...this.#userWrites(collection, to, left, encoder, await vectorOf(left)),
      ...(from === undefined
        ? this.#creation(collection, merge.source, returned, encoder, vector)
        : this.#userWrites(collection, from, returned, encoder, vector)),
      isDone
        ? { remove: mergeKey(collection.generation, id), condition: 'attribute_exists(pk)' }
        : this.#note(collection, { ...merge, state: 'undoing' }),
    ];
    if ((await this.#options.table.transact(writes)) === undefined) return { merge, isDone };
    await this.#requireCollection(collection);
    return undefined;
  }

  async #both(collection: Collection, source: string, target: string): Promise<[User, User]> {
    const [from, to] = [await this.#user(collection, source), await this.#user(collection, target)];
    if (to === undefined) throw new UserNotFoundError(target);
    if (from === undefined) throw new UserNotFoundError(source);
    return [from, to];
  }

  async #user({ generation }: Collection, userId: string): Promise<User | undefined> {
    const item = await this.#options.table.get(userKey(generation, userKeyOf(userId)));
    return item && fromItem(item);
  }

  /** One of the same two that somebody has begun. */
  async #unfinished(collection: Collection, source: string, target: string) {
    for await (const page of this.#options.table.query(mergesPartition(collection.generation))) {
      const found = page
        .filter((item) => this.#isAlive(item))
        .map(mergeOf)
        .find(
          (merge) =>
            merge.state === 'merging' && merge.source === source && merge.target === target,
        );
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #userWrites(
    { generation }: Collection,
    user: User,
    faceIds: readonly string[],
    encoder: TailEncoder,
    vector: Float32Array | undefined,
  ): Write[] {
    const { id, userId, revision } = user;
    const item = toItem(generation, { id, userId, faceIds, vector }, this.#options.newId());
    const values = { ':revision': revision };
    return [
      { put: item, condition: 'revision = :revision', values },
      ...this.#tailWrites(generation, user, vector, encoder),
    ];
  }

  #creation(
    collection: Collection,
    userId: string,
    faceIds: readonly string[],
    encoder: TailEncoder,
    vector: Float32Array | undefined,
  ): Write[] {
    const { generation } = collection;
    const id = userKeyOf(userId);
    const item = toItem(generation, { id, userId, faceIds, vector }, this.#options.newId());
    return [
      { put: item, condition: 'attribute_not_exists(pk)' },
      this.#count(collection, 1),
      ...this.#tailWrites(generation, { id, vector: undefined }, vector, encoder),
    ];
  }

  #deletion(collection: Collection, user: User, encoder: TailEncoder): Write[] {
    const { generation } = collection;
    return [
      {
        remove: userKey(generation, user.id),
        condition: 'revision = :revision',
        values: { ':revision': user.revision },
      },
      this.#count(collection, -1),
      ...this.#tailWrites(generation, user, undefined, encoder),
    ];
  }

  #tailWrites(
    generation: string,
    { id, vector: before }: Pick<User, 'id' | 'vector'>,
    after: Float32Array | undefined,
    encoder: TailEncoder,
  ): Write[] {
    const { tail } = this.#options;
    if (after !== undefined) {
      const payload = encoder.vector(id, after);
      return [tail.append(generation, 'users', { kind: 'add', count: 1, payload })];
    }
    if (before === undefined) return [];
    return [
      tail.append(generation, 'users', { kind: 'remove', count: 1, payload: encoder.deletion(id) }),
    ];
  }

  #count({ generation }: Collection, change: number): Write {
    return {
      update: countKey(generation, this.#options.bucket),
      expression: 'ADD #users :change',
      names: { '#users': 'users' },
      condition: 'attribute_exists(pk)',
      values: { ':change': change },
    };
  }

  #note({ generation }: Collection, { id, preview, ...merge }: Merge): Write {
    const expires = Math.floor(this.#options.clock().getTime() / 1000) + LIFETIME_S;
    const item = {
      ...mergeKey(generation, id),
      ...merge,
      preview: JSON.stringify(preview),
      expires,
    };
    return { put: item };
  }

  #isAlive({ expires }: Item): boolean {
    return Number(expires) * 1000 > this.#options.clock().getTime();
  }

  /** What was refused is tried again, but not in a collection that is gone. @throws CollectionNotFoundError */
  async #requireCollection({ id, generation }: Collection): Promise<void> {
    const counter = await this.#options.table.get(countKey(generation, this.#options.bucket));
    if (counter === undefined) throw new CollectionNotFoundError(id);
  }
}

function handOver({ generation }: Collection, faceId: string, from: string, to: string): Write {
  return {
    update: faceKey(generation, faceId),
    expression: 'SET userId = :to',
    condition: 'userId = :from',
    values: { ':from': from, ':to': to },
  };
}

function mergeOf({ sk, state, source, target, faceIds, preview }: Item): Merge {
  return {
    id: sk,
    state: state as MergeState,
    source: String(source),
    target: String(target),
    faceIds: faceIds as string[],
    preview: JSON.parse(String(preview)) as object,
  };
}
