/**
 * The writes that make, change and delete a user, to be made part of a transaction: the user itself on the
 * revision that it was read with, its counter, its faces, and the entry of the tail for its vector.
 */
import type { Collection } from './collections.ts';
import { countKey, faceKey, userKey } from './keys.ts';
import type { Write } from './table.ts';
import type { Tail } from './tail.ts';
import type { User } from './user-item.ts';
import { toItem, userKeyOf } from './user-item.ts';

/** Makes the payload of an entry in the tail. */
export interface TailEncoder {
  vector(id: string, vector: Float32Array): Uint8Array;
  deletion(id: string): Uint8Array;
}

export interface UserWritesOptions {
  readonly tail: Tail;
  /** Distinct. */
  readonly newId: () => string;
  /** The counter of this environment. */
  readonly bucket: number;
}

type Generation = Pick<Collection, 'generation'>;

export class UserWrites {
  readonly #options: UserWritesOptions;

  constructor(options: UserWritesOptions) {
    this.#options = options;
  }

  /** @returns the user, refused where there is one already, and its counter, refused where the collection is gone */
  creation(
    { generation }: Generation,
    { userId, faceIds, vector }: Pick<User, 'userId' | 'faceIds' | 'vector'>,
  ): [Write, Write] {
    const user = { id: userKeyOf(userId), userId, faceIds, vector };
    const put = toItem(generation, user, this.#options.newId());
    return [{ put, condition: 'attribute_not_exists(pk)' }, this.#count(generation, 1)];
  }

  /** @returns the user with other faces and another vector, and the entry of the tail for that */
  change(
    { generation }: Generation,
    user: User,
    { faceIds, vector }: Pick<User, 'faceIds' | 'vector'>,
    encoder: TailEncoder,
  ): Write[] {
    const { id, userId } = user;
    const put = toItem(generation, { id, userId, faceIds, vector }, this.#options.newId());
    return [
      { put, ...sameRevision(user) },
      ...this.indexing({ generation }, user, vector, encoder),
    ];
  }

  /** @returns the removal of the user, and its counter, refused where the collection is gone */
  deletion({ generation }: Generation, user: User): [Write, Write] {
    const remove = userKey(generation, user.id);
    return [{ remove, ...sameRevision(user) }, this.#count(generation, -1)];
  }

  /** @returns the entry that brings a user's new vector into the index, or takes the last one out; or none */
  indexing(
    { generation }: Generation,
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
    const payload = encoder.deletion(id);
    return [tail.append(generation, 'users', { kind: 'remove', count: 1, payload })];
  }

  #count(generation: string, change: number): Write {
    return {
      update: countKey(generation, this.#options.bucket),
      expression: 'ADD #users :change',
      names: { '#users': 'users' },
      condition: 'attribute_exists(pk)',
      values: { ':change': change },
    };
  }
}

/** A face becomes a user's that is nobody's. */
export function association({ generation }: Generation, faceId: string, userId: string): Write {
  return {
    update: faceKey(generation, faceId),
    expression: 'SET userId = :user',
    condition: 'attribute_exists(pk) AND attribute_not_exists(userId)',
    values: { ':user': userId },
  };
}

/** A user's face becomes nobody's. */
export function disassociation({ generation }: Generation, faceId: string, userId: string): Write {
  return {
    update: faceKey(generation, faceId),
    expression: 'REMOVE userId',
    condition: 'userId = :user',
    values: { ':user': userId },
  };
}

/** A user's face becomes another's. */
export function handOver(
  { generation }: Generation,
  faceId: string,
  from: string,
  to: string,
): Write {
  return {
    update: faceKey(generation, faceId),
    expression: 'SET userId = :to',
    condition: 'userId = :from',
    values: { ':from': from, ':to': to },
  };
}

/** Refused where the user has changed. */
export function unchanged({ generation }: Generation, user: User): Write {
  return { check: userKey(generation, user.id), ...sameRevision(user) };
}

function sameRevision({ revision }: User) {
  return { condition: 'revision = :revision', values: { ':revision': revision } };
}
