/**
 * Faces: storing and deleting them. Reading is in `face-reader.ts`, noting when they were found in `face-marks.ts`.
 *
 * A face, the entry of the tail that makes it searchable, and its counter change in one transaction. Ids
 * follow from what they stand for, so storing a face twice stores it once. The counter must exist: the
 * purge of a deleted collection takes it away first, and no face can be stored after that.
 *
 * While an upgrade is under way a face has two vectors, and both indexes learn of every change (`slots.ts`).
 */
import { chunks } from './batches.ts';
import type { Collection } from './collections.ts';
import type { ErasureCause, Erasures } from './erasures.ts';
import { CollectionNotFoundError } from './errors.ts';
import type { Face, NewFace } from './face-item.ts';
import { fromItem, slotValues, toItem } from './face-item.ts';
import { FaceMarks } from './face-marks.ts';
import type { VectorOfFace } from './face-writes.ts';
import { given, shadowsOf, throwRefusal } from './face-writes.ts';
import { countKey, faceKey } from './keys.ts';
import type { Quotas } from './quotas.ts';
import { asRead, attributesOf, indexesOf, indexName, kindOf, shadowOf } from './slots.ts';
import type { Refusal, Table, Write } from './table.ts';
import type { Tail } from './tail.ts';

export interface Deletion {
  readonly deleted: string[];
  /** `userId` where the face belongs to a user, none where there is no such face. */
  readonly refused: { readonly id: string; readonly userId?: string | undefined }[];
}

/** A transaction holds 100 writes: one for each of two tails, one for the counter, the others for faces. */
const FACES_PER_TRANSACTION = 97;

/** A deletion needs one more, for the note of itself. */
const FACES_PER_DELETION = 96;

/** What became of vectors that were to be given to faces: ids. */
export interface Given {
  readonly given: readonly string[];
  /** There was one already. */
  readonly kept: readonly string[];
  /** There is no such face. */
  readonly gone: readonly string[];
}

/** @returns what else must hold of a face that is deleted, to be added to a condition */
export type DeletionCondition = (collection: Collection) => string;

const ANY_FACE: DeletionCondition = () => '';

/** Faces that no search finds, because they have no vector of the face model of the collection. */
export const WITHOUT_VECTOR: DeletionCondition = (collection) =>
  ` AND attribute_not_exists(${attributesOf(collection).vector})`;

/** @returns the payload of a tail entry for faces with vectors of one face model */
export type FacesEncoder = (faces: readonly VectorOfFace[]) => Uint8Array;

export interface FacesOptions {
  readonly table: Table;
  readonly tail: Tail;
  readonly erasures: Pick<Erasures, 'begin'>;
  readonly quotas: Quotas;
  readonly clock: () => Date;
  /** The counter of this environment, 0..COUNT_BUCKETS - 1. */
  readonly bucket: number;
  /** The collection of an id as it is now. @throws CollectionNotFoundError */
  readonly collectionOf: (id: string) => Promise<Collection>;
}

export class Faces extends FaceMarks {
  readonly #table: Table;
  readonly #tail: Tail;
  readonly #erasures: Pick<Erasures, 'begin'>;
  readonly #quotas: Quotas;
  readonly #clock: () => Date;
  readonly #bucket: number;
  readonly #collectionOf: (id: string) => Promise<Collection>;

  constructor(options: FacesOptions) {
    const { table, tail, erasures, quotas, clock, bucket, collectionOf } = options;
    super(table, clock);
    this.#table = table;
    this.#tail = tail;
    this.#erasures = erasures;
    this.#quotas = quotas;
    this.#clock = clock;
    this.#bucket = bucket;
    this.#collectionOf = collectionOf;
  }

  /**
   * Stores the faces that are not stored yet.
   * @param encodeTail makes the payload of a tail entry from the faces that are new
   * @returns all the faces as they are stored now, in the order given
   * @throws CollectionNotFoundError, CollectionFullError unless all of them are stored already,
   *   CollectionChangedError if something has been suppressed since the collection was read; what does not
   *   fit into one transaction may have been stored in part
   */
  async insert(
    collection: Collection,
    faces: readonly NewFace[],
    encodeTail: FacesEncoder,
  ): Promise<Face[]> {
    const now = this.#clock().getTime();
    const aged = faces.map((face) => ({ ...face, indexedAt: face.indexedAt ?? now }));
    const distinct = [...new Map(aged.map((face) => [face.id, face])).values()];
    await this.#requireRoom(collection, [...new Set(faces.map(({ id }) => id))]);
    const stored = new Map<string, Face>();
    for (const chunk of chunks(distinct, FACES_PER_TRANSACTION)) {
      for (const face of await this.#insertChunk(collection, chunk, encodeTail)) {
        stored.set(face.id, face);
      }
    }
    return aged.map((face) => stored.get(face.id) ?? face);
  }

  /** A request that is repeated takes no room. */
  async #requireRoom(collection: Collection, ids: readonly string[]): Promise<void> {
    if (ids.length === 0 || !(await this.#quotas.isFull(collection, 'faces', ids.length))) return;
    const { size } = await this.existing(collection, ids);
    const isStored = size === ids.length;
    if (isStored || !(await this.#quotas.isFull(collection, 'faces', ids.length - size))) return;
    throw this.#quotas.error(collection, 'faces');
  }

  async #insertChunk(
    collection: Collection,
    faces: readonly NewFace[],
    encodeTail: FacesEncoder,
  ): Promise<Face[]> {
    const existing: Face[] = [];
    const shadow = shadowOf(collection);
    let missing = faces;
    while (missing.length > 0) {
      const refusals = await this.#table.transact([
        ...missing.map((face) => ({
          put: {
            ...toItem(collection, face),
            ...(shadow && face.shadow && slotValues(shadow, face.shadow)),
          },
          condition: 'attribute_not_exists(pk)',
          returnOld: true,
        })),
        ...this.#added(collection, missing, encodeTail),
        ...(shadow ? this.#added(shadow, shadowsOf(missing), encodeTail) : []),
        this.#count(collection, missing.length, 'faces'),
      ]);
      if (refusals === undefined) break;
      throwRefusal(collection, refusals.at(-1));
      const stored = missing.filter((_, i) => refusals[i] !== undefined);
      missing = missing.filter((_, i) => refusals[i] === undefined);
      // What lacks a vector was to be dropped with an upgrade, or is yet to get one.
      await this.#complete(collection, stored, refusals, encodeTail);
      for (const face of stored) {
        const refusal = refusals.find((each) => each?.item?.sk === face.id);
        existing.push((refusal?.item && fromItem(refusal.item, collection)) ?? face);
      }
    }
    return [...existing, ...missing];
  }

  /** Gives faces that are stored already those vectors that they lack. */
  async #complete(
    collection: Collection,
    faces: readonly NewFace[],
    refusals: readonly (Refusal | undefined)[],
    encodeTail: FacesEncoder,
  ): Promise<void> {
    const items = new Map(refusals.map((refusal) => [refusal?.item?.sk, refusal?.item]));
    const isOpen = collection.upgrade?.phase === 'FACES';
    // Who is kept in another face model moves from the one slot to the other, with the user (`keeping.ts`).
    const own = collection.upgrade?.phase === 'KEPT' ? undefined : collection;
    for (const view of [own, isOpen ? shadowOf(collection) : undefined]) {
      if (view === undefined) continue;
      const name = attributesOf(view).vector;
      const lacking = faces.filter(({ id }) => items.get(id)?.[name] === undefined);
      await this.give(view, view === collection ? lacking : shadowsOf(lacking), encodeTail);
    }
  }

  /**
   * Gives faces their vector in the slot that the collection is seen through, where they have none. The faces
   * must be in the collection; where it got a new one meanwhile, that stays.
   * @throws CollectionNotFoundError, CollectionChangedError if an upgrade has got on since the collection was read
   */
  async give(
    view: Collection,
    vectors: readonly VectorOfFace[],
    encodeTail: FacesEncoder,
  ): Promise<Given> {
    const names = attributesOf(view);
    const result = { given: [] as string[], kept: [] as string[], gone: [] as string[] };
    for (const chunk of chunks(vectors, FACES_PER_TRANSACTION)) {
      let missing: VectorOfFace[] = chunk;
      while (missing.length > 0) {
        const refusals = await this.#table.transact([
          ...missing.map((face) => given(view, names.vector, face)),
          ...this.#added(view, missing, encodeTail),
          this.#count(view, 0),
        ]);
        if (refusals === undefined) {
          result.given.push(...missing.map(({ id }) => id));
          break;
        }
        throwRefusal(view, refusals.at(-1));
        missing.forEach(({ id }, i) => {
          if (refusals[i] === undefined) return;
          (refusals[i].item === undefined ? result.gone : result.kept).push(id);
        });
        missing = missing.filter((_, i) => refusals[i] === undefined);
      }
    }
    return result;
  }

  /**
   * Deletes faces that exist and belong to no user.
   * @param ids distinct
   * @param encodeTail makes the payload of a tail entry from the ids that are deleted
   * @throws CollectionNotFoundError
   */
  async delete(
    collection: Collection,
    ids: readonly string[],
    encodeTail: (ids: readonly string[]) => Uint8Array,
    cause: ErasureCause = 'REQUEST',
    isWanted: DeletionCondition = ANY_FACE,
  ): Promise<Deletion> {
    const deletion: Deletion = { deleted: [], refused: [] };
    const { id: collectionId, generation } = collection;
    let known = collection;
    for (const chunk of chunks(ids, FACES_PER_DELETION)) {
      let present: string[] = chunk;
      while (present.length > 0) {
        const refusals = await this.#table.transact([
          ...present.map((id) => ({
            remove: faceKey(generation, id),
            condition: `attribute_exists(pk) AND attribute_not_exists(userId)${isWanted(known)}`,
            returnOld: true,
          })),
          ...this.#removed(known, present, encodeTail),
          this.#erasures.begin({
            subject: 'FACES',
            cause,
            collectionId,
            generation,
            ids: present,
            names: present,
          }),
          this.#count(known, -present.length),
        ]);
        if (refusals === undefined) {
          deletion.deleted.push(...present);
          break;
        }
        if (refusals.at(-1) !== undefined) {
          // Either it is gone, or an upgrade has got on, of which the deletion must know.
          known = await this.#collectionOf(collectionId);
          if (known.generation !== generation) throw new CollectionNotFoundError(collectionId);
          continue;
        }
        present.forEach((id, i) => {
          const refusal = refusals[i];
          if (refusal === undefined) return;
          const userId = refusal.item?.['userId'] as string | undefined;
          deletion.refused.push({ id, userId });
        });
        present = present.filter((_, i) => refusals[i] === undefined);
      }
    }
    return deletion;
  }

  /** Refused where the collection is gone, or not what it was when it was read. */
  #count(collection: Collection, change: number, what: 'vectors' | 'faces' = 'vectors'): Write {
    const { condition, values } = asRead(collection, what);
    return {
      update: countKey(collection.generation, this.#bucket),
      expression: 'ADD faces :change',
      condition,
      values: { ...values, ':change': change },
      returnOld: true,
    };
  }

  #added(view: Collection, faces: readonly VectorOfFace[], encodeTail: FacesEncoder): Write[] {
    if (faces.length === 0) return [];
    const entry = { kind: 'add', count: faces.length, payload: encodeTail(faces) } as const;
    return [this.#tail.append(view.generation, indexName('faces', view), entry)];
  }

  #removed(
    collection: Collection,
    ids: readonly string[],
    encodeTail: (ids: readonly string[]) => Uint8Array,
  ): Write[] {
    const entry = { kind: 'remove', count: ids.length, payload: encodeTail(ids) } as const;
    return indexesOf(collection)
      .filter((index) => kindOf(index) === 'faces')
      .map((index) => this.#tail.append(collection.generation, index, entry));
  }
}
