/**
 * What became of the objects of the upload bucket: of each, the version that was indexed last and the
 * faces that may have come of it.
 *
 * A worker says what it is about to store before it stores it ({@link UploadStates.begin}) and what came of it
 * after ({@link UploadStates.finish}), each on the revision that it has seen. So whoever dies in between leaves
 * the ids of all faces that there may be, and of two workers on one object the slower one notices: it fails
 * and, being told again, looks anew. Until every worker that may still be at work on an object has ended,
 * its upload does not count as settled and keeps the ids of all.
 */
import type { Collection } from './collections.ts';
import { CollectionNotFoundError, UploadContendedError } from './errors.ts';
import { countKey, uploadKey } from './keys.ts';
import type { Item, Table } from './table.ts';

export interface Upload {
  readonly key: string;
  /** Of the object: what makes it another one when it is put again. */
  readonly version: string;
  /** Ids of the faces that came of the object, or may have. */
  readonly faces: readonly string[];
  /** Whether that version is done, and nobody at work on the object. */
  readonly settled: boolean;
}

/** An upload that a worker has begun. */
export interface BegunUpload extends Upload {
  /** Another one at every change. */
  readonly revision: string;
  /** Whether nobody else was at work on the object. */
  readonly alone: boolean;
  /** By then everybody else who was at work on it has ended: milliseconds since the epoch. */
  readonly othersUntil: number;
}

export interface StoredUpload extends Upload {
  readonly revision: string;
  /** By then whoever is at work on the object has ended: milliseconds since the epoch. */
  readonly busyUntil: number;
}

/** No worker lives longer: it is what Lambda allows a function. */
const LONGEST_RUN_MS = 15 * 60 * 1000;

export class UploadStates {
  readonly #table: Pick<Table, 'get' | 'put' | 'transact'>;
  readonly #clock: () => Date;
  readonly #newId: () => string;
  readonly #bucket: number;

  /** @param bucket of the counter that stands for the collection */
  constructor(
    table: Pick<Table, 'get' | 'put' | 'transact'>,
    clock: () => Date,
    newId: () => string,
    bucket: number,
  ) {
    this.#table = table;
    this.#clock = clock;
    this.#newId = newId;
    this.#bucket = bucket;
  }

  /** @param key of the object, up to 1,024 bytes */
  async get(
    { generation }: Pick<Collection, 'generation'>,
    key: string,
  ): Promise<StoredUpload | undefined> {
    const item = await this.#table.get(uploadKey(generation, key));
    return item && fromItem(item);
  }

  /**
   * @param previous what {@link get} said, before the object was looked at
   * @param faces ids of those that are about to be stored
   * @throws UploadContendedError if somebody else has begun meanwhile; CollectionNotFoundError
   */
  async begin(
    collection: Collection,
    key: string,
    previous: StoredUpload | undefined,
    { version, faces }: Pick<Upload, 'version' | 'faces'>,
  ): Promise<BegunUpload> {
    const now = this.#clock().getTime();
    const othersUntil = previous?.busyUntil ?? 0;
    const begun = {
      key,
      version,
      faces: [...new Set([...(previous?.faces ?? []), ...faces])],
      settled: false,
      revision: this.#newId(),
    };
    const busyUntil = Math.max(othersUntil, now + LONGEST_RUN_MS);
    const refusals = await this.#table.transact([
      { put: toItem(collection, { ...begun, busyUntil }), ...unchanged(previous?.revision) },
      {
        check: countKey(collection.generation, this.#bucket),
        condition: 'attribute_exists(pk)',
      },
    ]);
    if (refusals?.[1] !== undefined) throw new CollectionNotFoundError(collection.id);
    if (refusals !== undefined) throw new UploadContendedError(key);
    return { ...begun, alone: now >= othersUntil, othersUntil };
  }

  /**
   * @param faces ids of those that there are now
   * @throws UploadContendedError if somebody else has begun meanwhile
   */
  async finish(
    collection: Pick<Collection, 'generation'>,
    { alone, othersUntil, ...begun }: BegunUpload,
    faces: readonly string[],
  ): Promise<void> {
    const item = toItem(collection, {
      ...begun,
      settled: alone,
      faces: alone ? faces : begun.faces,
      revision: this.#newId(),
      busyUntil: othersUntil,
    });
    const { condition, values } = unchanged(begun.revision);
    if (!(await this.#table.put(item, condition, values))) {
      throw new UploadContendedError(begun.key);
    }
  }

  /**
   * Forgets an object of which nothing is left.
   * @throws UploadContendedError if somebody else has begun meanwhile
   */
  async forget(collection: Pick<Collection, 'generation'>, begun: BegunUpload): Promise<void> {
    if (!begun.alone) return this.finish(collection, begun, begun.faces);
    const refusals = await this.#table.transact([
      { remove: uploadKey(collection.generation, begun.key), ...unchanged(begun.revision) },
    ]);
    if (refusals !== undefined) throw new UploadContendedError(begun.key);
  }
}

function unchanged(revision: string | undefined): {
  readonly condition: string;
  readonly values?: Readonly<Record<string, unknown>>;
} {
  if (revision === undefined) return { condition: 'attribute_not_exists(pk)' };
  return { condition: 'revision = :revision', values: { ':revision': revision } };
}

function toItem(
  { generation }: Pick<Collection, 'generation'>,
  { key, ...upload }: StoredUpload,
): Item {
  return { ...uploadKey(generation, key), ...upload };
}

function fromItem({ sk, version, faces, settled, revision, busyUntil }: Item): StoredUpload {
  return {
    key: sk,
    version: String(version),
    faces: faces as string[],
    settled: settled === true,
    revision: String(revision),
    busyUntil: Number(busyUntil),
  };
}
