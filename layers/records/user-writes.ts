/**
 * The writes that make, change and delete a user, to be made part of a transaction: the user itself on the
 * revision that it was read with, its counter, its faces, and the entry of the tail for its vector.
 *
 * While an upgrade is under way a user has two vectors, of the same faces, and both indexes learn of every change
 * (`slots.ts`). While one keeps faces, a user's other vector is that of the faces that are kept. Whoever writes knows
 * of it, or is refused by a counter.
 */
import type { Collection } from './collections.ts';
import { CollectionChangedError, CollectionNotFoundError } from './errors.ts';
import type { FaceReader } from './face-reader.ts';
import { COUNT_BUCKETS, countKey, faceKey, userKey } from './keys.ts';
import { asRead, besideOf, indexName } from './slots.ts';
import type { Table, Write } from './table.ts';
import type { Tail } from './tail.ts';
import type { User } from './user-item.ts';
import { slotValue, toItem, userKeyOf } from './user-item.ts';

/** Makes the vector of a user, and payloads of entries in the tail. */
export interface TailEncoder {
  vector(id: string, vector: Float32Array, faceModel: string): Uint8Array;
  deletion(id: string): Uint8Array;
  /** The vector of a user whose faces have these, one at least. */
  ofFaces(vectors: readonly Float32Array[]): Float32Array;
}

export interface UserWritesOptions {
  readonly table: Pick<Table, 'get'>;
  readonly tail: Tail;
  readonly faces: Pick<FaceReader, 'vectorsOf'>;
  /** Distinct. */
  readonly newId: () => string;
  /** The counter of this environment. */
  readonly bucket: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

type Generation = Pick<Collection, 'generation'>;

export class UserWrites {
  readonly #options: UserWritesOptions;

  constructor(options: UserWritesOptions) {
    this.#options = options;
  }

  /** @returns a user without faces, refused where there is one already, and its counter */
  creation(collection: Collection, userId: string): [Write, Write] {
    const user = { id: userKeyOf(userId), userId, faceIds: [] };
    const put = toItem(collection, user, this.#options.newId());
    return [{ put, condition: 'attribute_not_exists(pk)' }, this.#count(collection, 1)];
  }

  /** @returns a user with faces, refused where there is one already, its counter, and the entries of the tail */
  async recreation(
    collection: Collection,
    { userId, faceIds, vector }: Pick<User, 'userId' | 'faceIds' | 'vector'>,
    encoder: TailEncoder,
  ): Promise<Write[]> {
    const user = { id: userKeyOf(userId), userId, faceIds, vector };
    const shadow = await this.#beside(collection, faceIds, encoder);
    const put = { ...toItem(collection, user, this.#options.newId()), ...shadow.values };
    return [
      { put, condition: 'attribute_not_exists(pk)' },
      this.#count(collection, 1),
      ...(vector === undefined ? [] : this.#indexing(collection, user.id, vector, encoder)),
      ...shadow.indexing(user.id),
    ];
  }

  /** @returns the user with the vector that its faces make in the upgrade under way, and that vector */
  async reindexing(collection: Collection, user: User, encoder: TailEncoder) {
    const shadow = await this.#beside(collection, user.faceIds, encoder);
    const put = { ...toItem(collection, user, this.#options.newId()), ...shadow.values };
    const writes = [
      { put, ...sameRevision(user) },
      ...shadow.indexing(user.id),
      this.unchangedCollection(collection),
    ];
    return { writes, vector: shadow.vector };
  }

  /**
   * @param change.besides the faces that make the other vector; default: all
   * @returns the user with other faces and another vector, and the entries of the tail for that
   */
  async change(
    collection: Collection,
    user: User,
    change: Pick<User, 'faceIds' | 'vector'> & { readonly besides?: readonly string[] },
    encoder: TailEncoder,
  ): Promise<Write[]> {
    const { id, userId } = user;
    const { faceIds, vector, besides = faceIds } = change;
    const shadow = await this.#beside(collection, besides, encoder);
    const item = toItem(collection, { id, userId, faceIds, vector }, this.#options.newId());
    const isIndexed = vector !== undefined || user.vector !== undefined;
    return [
      { put: { ...item, ...shadow.values }, ...sameRevision(user) },
      ...(isIndexed ? this.#indexing(collection, id, vector, encoder) : []),
      ...shadow.indexing(id),
    ];
  }

  /** @returns the removal of the user, its counter, and what takes it out of the index */
  deletion(collection: Collection, user: User, encoder: TailEncoder): [Write, Write, ...Write[]] {
    const remove = userKey(collection.generation, user.id);
    const shadow = besideOf(collection);
    return [
      { remove, ...sameRevision(user) },
      this.#count(collection, -1),
      ...(user.vector ? this.#indexing(collection, user.id, undefined, encoder) : []),
      ...(shadow ? this.#indexing(shadow, user.id, undefined, encoder) : []),
    ];
  }

  /** Refused where the collection is gone, or its vectors are not those of when it was read. */
  unchangedCollection(collection: Collection): Write {
    const bucket = Math.floor(this.#options.random() * COUNT_BUCKETS);
    const { condition, values } = asRead(collection, 'vectors');
    return {
      check: countKey(collection.generation, bucket),
      condition,
      ...(Object.keys(values).length > 0 && { values }),
    };
  }

  /**
   * What was refused may be tried again in a collection that is what it was when it was read.
   * @throws CollectionNotFoundError, CollectionChangedError
   */
  async requireUnchanged({ id, generation, epoch }: Collection): Promise<void> {
    const counter = await this.#options.table.get(countKey(generation, this.#options.bucket));
    if (counter === undefined) throw new CollectionNotFoundError(id);
    if (counter['epoch'] !== epoch) throw new CollectionChangedError(id);
  }

  /** The vector that a user with these faces has in the other slot, and what is written of it. */
  async #beside(collection: Collection, faceIds: readonly string[], encoder: TailEncoder) {
    const beside = besideOf(collection);
    if (beside === undefined) return { values: {}, vector: undefined, indexing: () => [] };
    // Until the slot is pruned a search may be under way that began before the switch and sees it alone.
    const view = collection.upgrade?.isPruned ? beside : { ...beside, unless: undefined };
    const faces = await this.#options.faces.vectorsOf(view, faceIds);
    const known = new Map(faces.map((face) => [face.id, face.vector]));
    const vectors = faceIds.flatMap((id) => known.get(id) ?? []);
    const vector = vectors.length > 0 ? encoder.ofFaces(vectors) : undefined;
    return {
      values: slotValue(view, vector),
      vector,
      indexing: (id: string) => this.#indexing(view, id, vector, encoder),
    };
  }

  /** @returns the entry that brings a user's new vector into the index, or takes the last one out */
  #indexing(
    view: Collection,
    id: string,
    vector: Float32Array | undefined,
    encoder: TailEncoder,
  ): Write[] {
    const entry =
      vector === undefined
        ? { kind: 'remove' as const, count: 1, payload: encoder.deletion(id) }
        : { kind: 'add' as const, count: 1, payload: encoder.vector(id, vector, view.faceModel) };
    return [this.#options.tail.append(view.generation, indexName('users', view), entry)];
  }

  #count(collection: Collection, change: number): Write {
    const { condition, values } = asRead(collection, 'vectors');
    return {
      update: countKey(collection.generation, this.#options.bucket),
      expression: 'ADD #users :change',
      names: { '#users': 'users' },
      condition,
      values: { ...values, ':change': change },
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
