/**
 * Suppressions: what is not to be indexed into a collection, by photograph, by ExternalImageId, or by a vector
 * whose neighbourhood is kept out. The first two are kept as digests, so the list names nobody.
 *
 * A change of the list gives the collection a new revision, and all its counters too, in one transaction. A
 * face is stored on the revision that its photograph was looked at with (`faces.ts`): whoever began before
 * the change looks again, so nobody is stored past a suppression that was acknowledged.
 */
import { createHash } from 'node:crypto';
import { chunks } from './batches.ts';
import type { Collection } from './collections.ts';
import { CollectionNotFoundError } from './errors.ts';
import {
  COUNT_BUCKETS,
  collectionKey,
  countKey,
  suppressionKey,
  suppressionsPartition,
} from './keys.ts';
import type { Item, Table, Write } from './table.ts';

/** `IMAGE`: a photograph, byte for byte. `EXTERNAL_IMAGE_ID`: a name. `VECTOR`: whoever resembles it. */
export type SuppressionKind = 'IMAGE' | 'EXTERNAL_IMAGE_ID' | 'VECTOR';

export type NewSuppression =
  | { readonly kind: 'IMAGE'; readonly imageId: string }
  | { readonly kind: 'EXTERNAL_IMAGE_ID'; readonly externalImageId: string }
  | (SuppressedVector & { readonly kind: 'VECTOR' });

export interface SuppressedVector {
  /** Follows from what the vector was made of, so that suppressing it again adds nothing. */
  readonly of: string;
  readonly faceModel: string;
  /** Of unit length. */
  readonly vector: Float32Array;
  /** Whoever is as similar is kept out: 0..100. */
  readonly similarity: number;
}

export interface Suppression {
  /** What it is deleted by. */
  readonly id: string;
  readonly kind: SuppressionKind;
  /** Milliseconds since the epoch. */
  readonly addedAt: number;
  /** Of a vector. */
  readonly similarity?: number | undefined;
}

/** All that is kept of one, for whoever takes it elsewhere. */
export interface StoredSuppression {
  readonly id: string;
  readonly kind: SuppressionKind;
  /** Milliseconds since the epoch. */
  readonly addedAt: number;
  /** Of a vector. */
  readonly suppressed?: Omit<SuppressedVector, 'of'> | undefined;
}

/** Beside these, a transaction changes the collection and all its counters. */
const PER_TRANSACTION = 60;

/** So many collections' vectors are remembered. */
const REMEMBERED = 8;

const PREFIX = { IMAGE: 'image', EXTERNAL_IMAGE_ID: 'external', VECTOR: 'vector' } as const;

export class Suppressions {
  readonly #table: Table;
  readonly #clock: () => Date;
  readonly #newId: () => string;
  /** By generation, of the revision for which they were read. */
  readonly #vectors = new Map<string, { revision: string; vectors: Promise<SuppressedVector[]> }>();

  constructor(table: Table, clock: () => Date, newId: () => string) {
    this.#table = table;
    this.#clock = clock;
    this.#newId = newId;
  }

  /**
   * @returns the ids, those of what had been suppressed before too
   * @throws CollectionNotFoundError
   */
  async add(collection: Collection, added: readonly NewSuppression[]): Promise<string[]> {
    const addedAt = this.#clock().getTime();
    const items = new Map(
      added.map((each) => [idOf(each), itemOf(collection.generation, each, addedAt)]),
    );
    for (const chunk of chunks([...items.values()], PER_TRANSACTION)) {
      await this.#change(
        collection,
        chunk.map((put) => ({ put })),
      );
    }
    return [...items.keys()];
  }

  /**
   * Adds what was kept elsewhere, under the same ids; what is there already is put anew.
   * @throws CollectionNotFoundError
   */
  async restore(collection: Collection, stored: readonly StoredSuppression[]): Promise<void> {
    const items = new Map(stored.map((each) => [each.id, storedItem(collection, each)]));
    for (const chunk of chunks([...items.values()], PER_TRANSACTION)) {
      await this.#change(
        collection,
        chunk.map((put) => ({ put })),
      );
    }
  }

  /** In the order of their ids, with vectors. */
  async *all({ generation }: Collection, after?: string): AsyncGenerator<StoredSuppression> {
    for await (const page of this.#table.query(suppressionsPartition(generation), { after })) {
      for (const item of page) {
        const kind = item['kind'] as SuppressionKind;
        const stored = { id: item.sk, kind, addedAt: Number(item['addedAt']) };
        if (kind !== 'VECTOR') yield stored;
        else {
          const { of: _, ...suppressed } = vectorOf(item);
          yield { ...stored, suppressed };
        }
      }
    }
  }

  /** @throws CollectionNotFoundError */
  async delete(collection: Collection, ids: readonly string[]): Promise<void> {
    for (const chunk of chunks([...new Set(ids)], PER_TRANSACTION)) {
      await this.#change(
        collection,
        chunk.map((id) => ({ remove: suppressionKey(collection.generation, id) })),
      );
    }
  }

  /** In the order of their ids. */
  async *list({ generation }: Collection, after?: string): AsyncGenerator<Suppression> {
    const attributes = ['pk', 'sk', 'kind', 'addedAt', 'similarity'];
    const partition = suppressionsPartition(generation);
    for await (const page of this.#table.query(partition, { after, attributes })) {
      for (const { sk, kind, addedAt, similarity } of page) {
        yield {
          id: sk,
          kind: kind as SuppressionKind,
          addedAt: Number(addedAt),
          similarity: similarity as number | undefined,
        };
      }
    }
  }

  /** Whether a photograph is kept out, whoever is in it. */
  async keepsOut(
    { generation, suppressions }: Collection,
    imageId: string,
    externalImageId: string | undefined,
  ): Promise<boolean> {
    if (suppressions === undefined) return false;
    const ids = [
      idOf({ kind: 'IMAGE', imageId }),
      ...(externalImageId === undefined
        ? []
        : [idOf({ kind: 'EXTERNAL_IMAGE_ID', externalImageId })]),
    ];
    const keys = ids.map((id) => suppressionKey(generation, id));
    return (await this.#table.batchGet(keys, ['sk'])).length > 0;
  }

  /** Those whose neighbourhood is kept out. Read once for each revision of the list. */
  async vectors({ generation, suppressions }: Collection): Promise<SuppressedVector[]> {
    if (suppressions === undefined) return [];
    const known = this.#vectors.get(generation);
    if (known?.revision === suppressions) return known.vectors;
    const vectors = this.#readVectors(generation);
    this.#vectors.delete(generation);
    this.#vectors.set(generation, { revision: suppressions, vectors });
    const [oldest] = this.#vectors.keys();
    if (this.#vectors.size > REMEMBERED && oldest !== undefined) this.#vectors.delete(oldest);
    vectors.catch(() => this.#vectors.delete(generation));
    return vectors;
  }

  async #readVectors(generation: string): Promise<SuppressedVector[]> {
    const found: SuppressedVector[] = [];
    const partition = suppressionsPartition(generation);
    for await (const page of this.#table.query(partition, { after: `${PREFIX.VECTOR}#` })) {
      for (const item of page) found.push(vectorOf(item));
    }
    return found;
  }

  async #change({ id, generation }: Collection, writes: readonly Write[]): Promise<void> {
    const values = { ':revision': this.#newId() };
    const refusals = await this.#table.transact([
      {
        update: collectionKey(id),
        // Whoever is changing the tags writes the whole item, on the version that was read.
        expression: 'SET suppressions = :revision ADD tagsVersion :one',
        condition: 'generation = :generation',
        values: { ...values, ':one': 1, ':generation': generation },
      },
      ...Array.from({ length: COUNT_BUCKETS }, (_, bucket) => ({
        update: countKey(generation, bucket),
        expression: 'SET suppressions = :revision',
        condition: 'attribute_exists(pk)',
        values,
      })),
      ...writes,
    ]);
    if (refusals !== undefined) throw new CollectionNotFoundError(id);
  }
}

function idOf(suppression: NewSuppression): string {
  switch (suppression.kind) {
    case 'IMAGE':
      return `${PREFIX.IMAGE}#${suppression.imageId}`;
    case 'EXTERNAL_IMAGE_ID':
      return `${PREFIX.EXTERNAL_IMAGE_ID}#${digest(suppression.externalImageId)}`;
    case 'VECTOR':
      return `${PREFIX.VECTOR}#${digest(`${suppression.faceModel} ${suppression.of}`)}`;
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function itemOf(generation: string, suppression: NewSuppression, addedAt: number): Item {
  const key = suppressionKey(generation, idOf(suppression));
  if (suppression.kind !== 'VECTOR') return { ...key, kind: suppression.kind, addedAt };
  const { kind, faceModel, vector, similarity } = suppression;
  const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
  return { ...key, kind, addedAt, faceModel, similarity, vector: bytes };
}

function storedItem({ generation }: Collection, stored: StoredSuppression): Item {
  const { id, kind, addedAt, suppressed } = stored;
  const item = { ...suppressionKey(generation, id), kind, addedAt };
  if (suppressed === undefined) return item;
  const { faceModel, vector, similarity } = suppressed;
  const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
  return { ...item, faceModel, similarity, vector: bytes };
}

/** Whether an id is one of a kind. */
export function isIdOf(id: string, kind: SuppressionKind): boolean {
  return id.startsWith(`${PREFIX[kind]}#`);
}

function vectorOf({ sk, faceModel, similarity, vector }: Item): SuppressedVector {
  // The bytes of an item need not start at a multiple of four; a copy does.
  const aligned = (vector as Uint8Array).slice();
  return {
    of: sk,
    faceModel: String(faceModel),
    similarity: Number(similarity),
    vector: new Float32Array(aligned.buffer),
  };
}
