/**
 * Collections: creating, finding, listing, tagging, deleting.
 *
 * Creating puts the collection, its line in the listing and all its counters in one transaction. Deleting
 * takes the first two away and leaves a note of what remains to be purged, in one transaction: from then
 * on no reader finds the collection. The counters stay as long as writers that began earlier may still
 * commit; taking them away is the purge's first step and stops the last of those writers.
 */
import type { Erasures } from './erasures.ts';
import { CollectionExistsError, CollectionNotFoundError, TooManyTagsError } from './errors.ts';
import {
  COLLECTIONS,
  COUNT_BUCKETS,
  collectionKey,
  countKey,
  countPartition,
  listingKey,
  purgeKey,
  type Slot,
} from './keys.ts';
import type { Item, Table } from './table.ts';

export interface Collection {
  readonly id: string;
  /** New for every creation. */
  readonly generation: string;
  /** The version of the face model whose vectors answer. */
  readonly faceModel: string;
  /** That of its creation, which FaceIds follow from as long as it is there; undefined where it never changed. */
  readonly firstFaceModel?: string | undefined;
  /** Where those vectors are; `a` where none is said. */
  readonly slot?: Slot | undefined;
  /** Of a view: a face that has a vector in this slot is not in it. */
  readonly unless?: Slot | undefined;
  /** New with every step of an upgrade; undefined where there never was one. */
  readonly epoch?: string | undefined;
  /** The change to another face model that is under way, or of which something is left. */
  readonly upgrade?: Upgrade | undefined;
  readonly createdAt: Date;
  readonly tags: Readonly<Record<string, string>>;
  /** The revision of what is suppressed in it; undefined where nothing ever was. */
  readonly suppressions?: string | undefined;
}

/**
 * `FACES`: faces get their vectors. `PREPARING`: faces are checked, and users get theirs. `READY`: may be committed.
 * `KEPT`: was committed, and faces without a vector answer by the other slot. `CLEARING`: was committed or given up,
 * and the other slot is being emptied.
 */
export type UpgradePhase = 'FACES' | 'PREPARING' | 'READY' | 'KEPT' | 'CLEARING';

export interface Upgrade {
  readonly phase: UpgradePhase;
  /** The version of the face model that it leads to. */
  readonly faceModel: string;
  /** Where it prepares its vectors; when it is cleared, what is emptied. */
  readonly slot: Slot;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** When it came into its phase. */
  readonly since: number;
  /** How many faces have no vector, and how many users none for it, once that is known. */
  readonly missing?: Missing | undefined;
  /** What became of it, once it is being cleared. */
  readonly outcome?: 'COMMITTED' | 'ABORTED' | undefined;
  /** In which faces without a vector are kept: the one that the collection had. */
  readonly keptFaceModel?: string | undefined;
  /** Of one that keeps faces: the other slot holds nobody any more but who is kept. */
  readonly isPruned?: boolean | undefined;
}

export interface Missing {
  readonly faces: number;
  /** Users all of whose faces are among them. */
  readonly users: number;
}

export interface CollectionLine {
  readonly id: string;
  readonly faceModel: string;
}

export interface Counts {
  readonly faces: number;
  readonly users: number;
}

/** The model bounds one call to as many; a collection may hold no more. */
const MAX_TAGS = 200;

/**
 * As pairs: the SDK cannot write a map whose keys are those of every object, such as `constructor`. Earlier
 * versions wrote maps.
 */
type StoredTags =
  | readonly (readonly [key: string, value: string])[]
  | Readonly<Record<string, string>>;

interface CollectionItem extends Item {
  readonly id: string;
  readonly generation: string;
  readonly faceModel: string;
  readonly createdAt: number;
  readonly tags: StoredTags;
  readonly tagsVersion: number;
  readonly suppressions?: string;
  readonly firstFaceModel?: string;
  readonly slot?: Slot;
  readonly epoch?: string;
  readonly upgrade?: Upgrade;
}

export class Collections {
  readonly #table: Table;
  readonly #clock: () => Date;
  readonly #newId: () => string;
  readonly #erasures: Pick<Erasures, 'begin'>;

  constructor(
    table: Table,
    clock: () => Date,
    newId: () => string,
    erasures: Pick<Erasures, 'begin'>,
  ) {
    this.#table = table;
    this.#clock = clock;
    this.#newId = newId;
    this.#erasures = erasures;
  }

  /**
   * @param firstFaceModel that FaceIds follow from; default: the face model
   * @throws CollectionExistsError
   */
  async create(
    id: string,
    faceModel: string,
    tags: Readonly<Record<string, string>>,
    firstFaceModel?: string,
  ): Promise<Collection> {
    const created = { id, generation: this.#newId(), faceModel, createdAt: this.#clock(), tags };
    const collection = { ...created, ...(firstFaceModel === undefined ? {} : { firstFaceModel }) };
    const meta = {
      ...collection,
      createdAt: collection.createdAt.getTime(),
      tags: Object.entries(tags),
      tagsVersion: 0,
    };
    const condition = 'attribute_not_exists(pk)';
    const refusals = await this.#table.transact([
      { put: { ...collectionKey(id), ...meta }, condition },
      { put: { ...listingKey(id), faceModel }, condition },
      ...Array.from({ length: COUNT_BUCKETS }, (_, bucket) => ({
        put: { ...countKey(collection.generation, bucket), faces: 0, users: 0 },
        condition,
      })),
    ]);
    if (refusals !== undefined) throw new CollectionExistsError(id);
    return collection;
  }

  /** @throws CollectionNotFoundError */
  async get(id: string): Promise<Collection> {
    const item = await this.#item(id);
    const { generation, faceModel, createdAt, tags } = item;
    const { suppressions, firstFaceModel, slot, epoch, upgrade } = item;
    return {
      id,
      generation,
      faceModel,
      createdAt: new Date(createdAt),
      tags: tagsOf(tags),
      ...(suppressions === undefined ? {} : { suppressions }),
      ...(firstFaceModel === undefined ? {} : { firstFaceModel }),
      ...(slot === undefined ? {} : { slot }),
      ...(epoch === undefined ? {} : { epoch }),
      ...(upgrade === undefined ? {} : { upgrade }),
    };
  }

  /** In the order of their ids. */
  async *list(after?: string): AsyncGenerator<CollectionLine> {
    for await (const page of this.#table.query(COLLECTIONS, { after })) {
      for (const { sk, faceModel } of page) yield { id: sk, faceModel: String(faceModel) };
    }
  }

  async counts({ generation }: Collection): Promise<Counts> {
    let faces = 0;
    let users = 0;
    for await (const page of this.#table.query(countPartition(generation))) {
      for (const bucket of page) {
        faces += Number(bucket['faces']);
        users += Number(bucket['users']);
      }
    }
    return { faces, users };
  }

  /**
   * Adds to the counters, for whoever has found them wrong.
   * @throws CollectionNotFoundError
   */
  async correctCounts({ id, generation }: Collection, { faces, users }: Counts): Promise<void> {
    const refusals = await this.#table.transact([
      {
        update: countKey(generation, 0),
        expression: 'ADD #faces :faces, #users :users',
        names: { '#faces': 'faces', '#users': 'users' },
        condition: 'attribute_exists(pk)',
        values: { ':faces': faces, ':users': users },
      },
    ]);
    if (refusals !== undefined) throw new CollectionNotFoundError(id);
  }

  /** @throws CollectionNotFoundError, TooManyTagsError */
  async tag(id: string, added: Readonly<Record<string, string>>): Promise<void> {
    await this.#changeTags(id, (tags) => {
      const changed = { ...tags, ...added };
      if (Object.keys(changed).length > MAX_TAGS) {
        throw new TooManyTagsError(`A collection may have ${MAX_TAGS} tags.`);
      }
      return changed;
    });
  }

  /** @throws CollectionNotFoundError */
  async untag(id: string, keys: readonly string[]): Promise<void> {
    const removed = new Set(keys);
    await this.#changeTags(id, (tags) =>
      Object.fromEntries(Object.entries(tags).filter(([key]) => !removed.has(key))),
    );
  }

  async #changeTags(
    id: string,
    change: (tags: Readonly<Record<string, string>>) => Record<string, string>,
  ): Promise<void> {
    for (;;) {
      const item = await this.#item(id);
      const tags = Object.entries(change(tagsOf(item.tags)));
      const next = { ...item, tags, tagsVersion: item.tagsVersion + 1 };
      const same = 'generation = :generation AND tagsVersion = :version';
      const values = { ':generation': item.generation, ':version': item.tagsVersion };
      if (await this.#table.put(next, same, values)) return;
    }
  }

  /**
   * @returns the generation that is to be purged
   * @throws CollectionNotFoundError
   */
  async delete(id: string): Promise<string> {
    for (;;) {
      const { generation } = await this.#item(id);
      const requestedAt = this.#clock().getTime();
      const refusals = await this.#table.transact([
        {
          remove: collectionKey(id),
          condition: 'generation = :generation',
          values: { ':generation': generation },
        },
        { remove: listingKey(id) },
        { put: { ...purgeKey(generation), collectionId: id, requestedAt } },
        this.#erasures.begin({
          subject: 'COLLECTION',
          cause: 'REQUEST',
          collectionId: id,
          generation,
          ids: [],
          names: [id],
        }),
      ]);
      if (refusals === undefined) return generation;
    }
  }

  async #item(id: string): Promise<CollectionItem> {
    const item = await this.#table.get(collectionKey(id));
    if (item === undefined) throw new CollectionNotFoundError(id);
    return item as CollectionItem;
  }
}

function tagsOf(stored: StoredTags): Record<string, string> {
  return Object.fromEntries(Array.isArray(stored) ? stored : Object.entries(stored));
}
