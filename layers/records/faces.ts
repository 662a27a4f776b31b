/**
 * Faces: storing, finding, listing, deleting.
 *
 * A face, the entry of the tail that makes it searchable, and its counter change in one transaction. Ids
 * follow from what they stand for, so storing a face twice stores it once. The counter must exist: the
 * purge of a deleted collection takes it away first, and no face can be stored after that.
 */
import { chunks, inParallel } from './batches.ts';
import type { Collection } from './collections.ts';
import type { ErasureCause, Erasures } from './erasures.ts';
import { CollectionNotFoundError, SuppressionsChangedError } from './errors.ts';
import { countKey, faceKey, facesPartition } from './keys.ts';
import type { Quotas } from './quotas.ts';
import type { Item, Table } from './table.ts';
import type { Tail } from './tail.ts';

/** Left, top, width and height as ratios of the image. */
export interface FaceBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface NewFace {
  readonly id: string;
  readonly imageId: string;
  readonly externalImageId?: string | undefined;
  readonly box: FaceBox;
  /** 0..100. */
  readonly confidence: number;
  /** Length of the embedder's raw output, in its own unit; faces of before it was kept have none. */
  readonly norm?: number | undefined;
  readonly faceModel: string;
  /** Of unit length. */
  readonly vector: Float32Array;
}

export interface Face extends NewFace {
  readonly userId?: string | undefined;
  /** When a search last found it, to a day, where that is noted: milliseconds since the epoch. */
  readonly matchedAt?: number | undefined;
}

/** How old a face is, for whoever keeps faces for a time only. */
export interface FaceAge {
  readonly id: string;
  readonly userId: string | undefined;
  /** Milliseconds since the epoch; undefined for faces of before it was noted. */
  readonly indexedAt: number | undefined;
  readonly matchedAt: number | undefined;
}

/** A face without its vector, for listings. */
export type FaceLine = Omit<Face, 'vector'>;

export interface Deletion {
  readonly deleted: string[];
  /** `userId` where the face belongs to a user, none where there is no such face. */
  readonly refused: { readonly id: string; readonly userId?: string | undefined }[];
}

/** A transaction holds 100 writes: one for the tail, one for the counter, the others for faces. */
const FACES_PER_TRANSACTION = 98;

/** A deletion needs one more, for the note of itself. */
const FACES_PER_DELETION = 97;

const LINE_ATTRIBUTES = [
  'pk',
  'sk',
  'imageId',
  'externalImageId',
  'box',
  'confidence',
  'faceModel',
  'userId',
];

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

export class Faces {
  readonly #table: Table;
  readonly #tail: Tail;
  readonly #erasures: Pick<Erasures, 'begin'>;
  readonly #quotas: Quotas;
  readonly #clock: () => Date;
  readonly #bucket: number;

  constructor({ table, tail, erasures, quotas, clock, bucket }: FacesOptions) {
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

  async get({ generation }: Collection, id: string): Promise<Face | undefined> {
    const item = await this.#table.get(faceKey(generation, id));
    return item && fromItem(item);
  }

  /** Those that exist, in no order. @param ids distinct */
  async getMany(
    { generation }: Pick<Collection, 'generation'>,
    ids: readonly string[],
  ): Promise<Face[]> {
    const items = await this.#table.batchGet(ids.map((id) => faceKey(generation, id)));
    return items.map(fromItem);
  }

  /** Which of the ids exist. @param ids distinct */
  async existing(
    { generation }: Pick<Collection, 'generation'>,
    ids: readonly string[],
  ): Promise<Set<string>> {
    const keys = ids.map((id) => faceKey(generation, id));
    const items = await this.#table.batchGet(keys, ['sk']);
    return new Set(items.map(({ sk }) => sk));
  }

  /**
   * Lines in the order of their ids.
   * @param options.after the id after which to begin
   * @param options.expected how many will be taken at most, so that not many more are read
   */
  async *list(
    { generation }: Collection,
    options: {
      readonly after?: string | undefined;
      readonly expected?: number;
    } = {},
  ): AsyncGenerator<FaceLine> {
    const { after, expected } = options;
    const query = {
      after,
      attributes: LINE_ATTRIBUTES,
      ...(expected === undefined ? {} : { pageSize: expected }),
    };
    for await (const page of this.#table.query(facesPartition(generation), query)) {
      for (const item of page) yield lineFromItem(item);
    }
  }

  /** Those of the ids that exist, in the order given. @param ids distinct */
  async lines({ generation }: Collection, ids: readonly string[]): Promise<FaceLine[]> {
    const keys = ids.map((id) => faceKey(generation, id));
    const items = await this.#table.batchGet(keys, LINE_ATTRIBUTES);
    const byId = new Map(items.map((item) => [item.sk, lineFromItem(item)]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }

  /** Every face with its vector, in the order of their ids. @param after the id after which to begin */
  async *all({ generation }: Pick<Collection, 'generation'>, after?: string): AsyncGenerator<Face> {
    for await (const page of this.#table.query(facesPartition(generation), { after }))
      yield* page.map(fromItem);
  }

  /** In the order of their ids. */
  async *ages(
    { generation }: Pick<Collection, 'generation'>,
    after?: string,
  ): AsyncGenerator<FaceAge> {
    const attributes = ['pk', 'sk', 'userId', 'indexedAt', 'matchedAt'];
    for await (const page of this.#table.query(facesPartition(generation), { after, attributes })) {
      for (const { sk, userId, indexedAt, matchedAt } of page) {
        yield {
          id: sk,
          userId: userId as string | undefined,
          indexedAt: indexedAt as number | undefined,
          matchedAt: matchedAt as number | undefined,
        };
      }
    }
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

interface FaceItem extends Item {
  readonly imageId: string;
  readonly externalImageId?: string;
  readonly box: FaceBox;
  readonly confidence: number;
  readonly norm?: number;
  readonly faceModel: string;
  readonly vector: Uint8Array;
  readonly userId?: string;
  readonly matchedAt?: number;
}

function toItem(generation: string, face: NewFace): FaceItem {
  const { id, externalImageId, norm, vector, ...rest } = face;
  return {
    ...faceKey(generation, id),
    ...rest,
    ...(externalImageId === undefined ? {} : { externalImageId }),
    ...(norm === undefined ? {} : { norm }),
    vector: new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength),
  };
}

function fromItem(item: Item): Face {
  const { vector } = item as FaceItem;
  // The bytes of an item need not start at a multiple of four; a copy does.
  const aligned = vector.slice();
  return { ...lineFromItem(item), vector: new Float32Array(aligned.buffer) };
}

function lineFromItem(item: Item): FaceLine {
  const { sk, imageId, externalImageId, box, confidence, norm, faceModel, userId, matchedAt } =
    item as FaceItem;
  return {
    id: sk,
    imageId,
    externalImageId,
    box,
    confidence,
    norm,
    faceModel,
    userId,
    ...(matchedAt === undefined ? {} : { matchedAt }),
  };
}
