/**
 * Faces: storing and deleting them, and noting when they were found. Reading is in `face-reader.ts`.
 *
 * A face, the entry of the tail that makes it searchable, and its counter change in one transaction. Ids
 * follow from what they stand for, so storing a face twice stores it once. The counter must exist: the
 * purge of a deleted collection takes it away first, and no face can be stored after that.
 */
import { chunks, inParallel } from './batches.ts';
import type { Collection } from './collections.ts';
import type { ErasureCause, Erasures } from './erasures.ts';
import { CollectionNotFoundError, SuppressionsChangedError } from './errors.ts';
import type { Face, NewFace } from './face-item.ts';
import { fromItem, toItem } from './face-item.ts';
import { FaceReader } from './face-reader.ts';
import { countKey, faceKey } from './keys.ts';
import type { Quotas } from './quotas.ts';
import type { Table } from './table.ts';
import type { Tail } from './tail.ts';

export interface Deletion {
  readonly deleted: string[];
  /** `userId` where the face belongs to a user, none where there is no such face. */
  readonly refused: { readonly id: string; readonly userId?: string | undefined }[];
}

/** A transaction holds 100 writes: one for the tail, one for the counter, the others for faces. */
const FACES_PER_TRANSACTION = 98;

/** A deletion needs one more, for the note of itself. */
const FACES_PER_DELETION = 97;

export interface FacesOptions {
  readonly table: Table;
  readonly tail: Tail;
  readonly erasures: Pick<Erasures, 'begin'>;
  readonly quotas: Quotas;
  readonly clock: () => Date;
  /** The counter of this environment, 0..COUNT_BUCKETS - 1. */
  readonly bucket: number;
}

/** Matches are noted once a day, so that a face that is found all the time costs one write. */
const MATCH_PERIOD_MS = 24 * 60 * 60 * 1000;
const PARALLEL_MARKS = 16;

export class Faces extends FaceReader {
  readonly #table: Table;
  readonly #tail: Tail;
  readonly #erasures: Pick<Erasures, 'begin'>;
  readonly #quotas: Quotas;
  readonly #clock: () => Date;
  readonly #bucket: number;

  constructor({ table, tail, erasures, quotas, clock, bucket }: FacesOptions) {
    super(table);
    this.#table = table;
    this.#tail = tail;
    this.#erasures = erasures;
    this.#quotas = quotas;
    this.#clock = clock;
    this.#bucket = bucket;
  }

  /**
   * Stores the faces that are not stored yet.
   * @param encodeTail makes the payload of a tail entry from the faces that are new
   * @returns all the faces as they are stored now, in the order given
   * @throws CollectionNotFoundError, CollectionFullError unless all of them are stored already,
   *   SuppressionsChangedError if something has been suppressed since the collection was read; what does not
   *   fit into one transaction may have been stored in part
   */
  async insert(
    collection: Collection,
    faces: readonly NewFace[],
    encodeTail: (faces: readonly NewFace[]) => Uint8Array,
  ): Promise<Face[]> {
    const distinct = [...new Map(faces.map((face) => [face.id, face])).values()];
    await this.#requireRoom(collection, [...new Set(faces.map(({ id }) => id))]);
    const stored = new Map<string, Face>();
    for (const chunk of chunks(distinct, FACES_PER_TRANSACTION)) {
      for (const face of await this.#insertChunk(collection, chunk, encodeTail)) {
        stored.set(face.id, face);
      }
    }
    return faces.map((face) => stored.get(face.id) ?? face);
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
    encodeTail: (faces: readonly NewFace[]) => Uint8Array,
  ): Promise<Face[]> {
    const existing: Face[] = [];
    let missing = faces;
    while (missing.length > 0) {
      const payload = encodeTail(missing);
      const refusals = await this.#table.transact([
        ...missing.map((face) => ({
          put: { ...toItem(collection.generation, face), indexedAt: this.#clock().getTime() },
          condition: 'attribute_not_exists(pk)',
          returnOld: true,
        })),
        this.#tail.append(collection.generation, 'faces', {
          kind: 'add',
          count: missing.length,
          payload,
        }),
        { ...this.#count(collection, missing.length), ...seen(collection, missing.length) },
      ]);
      if (refusals === undefined) break;
      const counter = refusals.at(-1);
      if (counter?.item !== undefined) throw new SuppressionsChangedError(collection.id);
      if (counter !== undefined) throw new CollectionNotFoundError(collection.id);
      existing.push(
        ...refusals.flatMap((refusal) => (refusal?.item ? [fromItem(refusal.item)] : [])),
      );
      missing = missing.filter((_, i) => refusals[i] === undefined);
    }
    return [...existing, ...missing];
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
  ): Promise<Deletion> {
    const deletion: Deletion = { deleted: [], refused: [] };
    const { id: collectionId, generation } = collection;
    for (const chunk of chunks(ids, FACES_PER_DELETION)) {
      let present: string[] = chunk;
      while (present.length > 0) {
        const refusals = await this.#table.transact([
          ...present.map((id) => ({
            remove: faceKey(collection.generation, id),
            condition: 'attribute_exists(pk) AND attribute_not_exists(userId)',
            returnOld: true,
          })),
          this.#tail.append(collection.generation, 'faces', {
            kind: 'remove',
            count: present.length,
            payload: encodeTail(present),
          }),
          this.#erasures.begin({
            subject: 'FACES',
            cause,
            collectionId,
            generation,
            ids: present,
            names: present,
          }),
          this.#count(collection, -present.length),
        ]);
        if (refusals === undefined) {
          deletion.deleted.push(...present);
          break;
        }
        if (refusals.at(-1) !== undefined) throw new CollectionNotFoundError(collection.id);
        present.forEach((id, i) => {
          const refusal = refusals[i];
          if (refusal === undefined) return;
          deletion.refused.push({ id, userId: refusal.item && fromItem(refusal.item).userId });
        });
        present = present.filter((_, i) => refusals[i] === undefined);
      }
    }
    return deletion;
  }

  /** Notes that faces have been found by a search, unless that was noted within a day. */
  async markMatched(
    { generation }: Pick<Collection, 'generation'>,
    ids: readonly string[],
  ): Promise<void> {
    const now = this.#clock().getTime();
    await inParallel(ids, PARALLEL_MARKS, (id) =>
      this.#table.update(faceKey(generation, id), {
        expression: 'SET matchedAt = :now',
        condition:
          'attribute_exists(pk) AND (attribute_not_exists(matchedAt) OR matchedAt < :before)',
        values: { ':now': now, ':before': now - MATCH_PERIOD_MS },
      }),
    );
  }

  /** Notes for faces of before it was noted that they are as old as that. */
  async markIndexed(
    { generation }: Pick<Collection, 'generation'>,
    ids: readonly string[],
  ): Promise<void> {
    await inParallel(ids, PARALLEL_MARKS, (id) =>
      this.#table.update(faceKey(generation, id), {
        expression: 'SET indexedAt = :now',
        condition: 'attribute_exists(pk) AND attribute_not_exists(indexedAt)',
        values: { ':now': this.#clock().getTime() },
      }),
    );
  }

  #count({ generation }: Collection, change: number) {
    return {
      update: countKey(generation, this.#bucket),
      expression: 'ADD faces :change',
      condition: 'attribute_exists(pk)',
      values: { ':change': change },
    };
  }
}

/** The counter knows of every suppression: it must have the revision that the collection was read with. */
function seen({ suppressions }: Collection, change: number) {
  const returnOld = true;
  if (suppressions === undefined) {
    const condition = 'attribute_exists(pk) AND attribute_not_exists(suppressions)';
    return { condition, values: { ':change': change }, returnOld };
  }
  const condition = 'attribute_exists(pk) AND suppressions = :seen';
  return { condition, values: { ':change': change, ':seen': suppressions }, returnOld };
}
