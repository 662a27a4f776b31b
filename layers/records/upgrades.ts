/**
 * The steps of a change to another face model, each one transaction.
 *
 * ```
 * begin        prepare            ready          commit
 *   --> FACES ---------> PREPARING -----> READY ---------> CLEARING --> (none)
 *         ^------------------------ reopen |  \ commit        ^ ^
 *          \______________ abort __________/____\_____________/ |
 *                                                \--> KEPT -----/ release
 * ```
 *
 * A step gives the collection a new epoch, and all its counters too. Faces and users are written on the epoch that
 * the collection was read with: whoever began before a step is refused and begins anew, so from `begin` on every
 * write prepares both slots, and from `prepare` on no face gets a vector that a user was made without.
 *
 * The vectors that answer are those of the other slot until `commit`, and from then on those that were prepared; while
 * faces are kept, theirs answer beside them (`keeping.ts`).
 */
import { chunks } from './batches.ts';
import type { Collection, Missing, Upgrade, UpgradePhase } from './collections.ts';
import { CollectionChangedError, CollectionNotFoundError } from './errors.ts';
import {
  COUNT_BUCKETS,
  collectionKey,
  countKey,
  type IndexKind,
  type Key,
  listingKey,
  manifestKey,
  removalsPartition,
  TAIL_BUCKETS,
  tailPartition,
  upgradeKey,
} from './keys.ts';
import { indexName, otherSlot } from './slots.ts';
import type { Table, Write } from './table.ts';

/** How far a phase that goes through all faces and then all users has come. */
export interface Progress {
  readonly kind: IndexKind;
  /** The key after which it goes on; undefined for the first one. */
  readonly after: string | undefined;
  readonly missing: Missing;
}

/** A limit of the DynamoDB API. */
const PER_TRANSACTION = 100;

const BEGINNING: Progress = { kind: 'faces', after: undefined, missing: { faces: 0, users: 0 } };

export class Upgrades {
  readonly #table: Table;
  readonly #clock: () => Date;
  readonly #newId: () => string;

  constructor(table: Table, clock: () => Date, newId: () => string) {
    this.#table = table;
    this.#clock = clock;
    this.#newId = newId;
  }

  /** @throws CollectionChangedError where an upgrade is under way, or is being cleared */
  async begin(collection: Collection, faceModel: string): Promise<void> {
    if (collection.upgrade !== undefined) throw new CollectionChangedError(collection.id);
    const now = this.#clock().getTime();
    const slot = otherSlot(collection);
    await this.#step(collection, { phase: 'FACES', faceModel, slot, startedAt: now, since: now });
  }

  /** Faces get vectors once more. @throws CollectionChangedError */
  async reopen(collection: Collection): Promise<void> {
    await this.#enter(collection, ['PREPARING', 'READY'], { phase: 'FACES', missing: undefined });
  }

  /** No face gets a vector any more, but those that are indexed. @throws CollectionChangedError */
  async prepare(collection: Collection): Promise<void> {
    await this.#enter(collection, ['FACES'], { phase: 'PREPARING' });
  }

  /** @throws CollectionChangedError */
  async ready(collection: Collection, missing: Missing): Promise<void> {
    await this.#enter(collection, ['PREPARING'], { phase: 'READY', missing });
  }

  /**
   * The switch: what was prepared answers.
   * @param tags all that the collection has from now on
   * @param missing whether faces without a vector are kept in the face model that they had, or dropped
   * @throws CollectionChangedError
   */
  async commit(
    collection: Collection,
    tags: Readonly<Record<string, string>>,
    missing: 'keep' | 'drop',
  ): Promise<void> {
    const { upgrade, faceModel, firstFaceModel = faceModel } = collection;
    const slot = otherSlot({ slot: upgrade?.slot });
    const left: Partial<Upgrade> =
      missing === 'keep' ? { phase: 'KEPT', keptFaceModel: faceModel } : { phase: 'CLEARING' };
    await this.#enter(
      collection,
      ['READY'],
      { ...left, outcome: 'COMMITTED', slot },
      {
        faceModel: upgrade?.faceModel,
        firstFaceModel,
        slot: upgrade?.slot,
        tags: Object.entries(tags),
      },
    );
  }

  /** Who is kept is counted anew, and nobody else is left in the slot. @throws CollectionChangedError */
  async pruned(collection: Collection, missing: Missing): Promise<void> {
    const { since } = collection.upgrade ?? {};
    const change = { isPruned: true, missing, ...(since !== undefined && { since }) };
    await this.#enter(collection, ['KEPT'], change);
  }

  /** Nobody is kept any more: who has no vector of the collection's face model is dropped. @throws CollectionChangedError */
  async release(collection: Collection): Promise<void> {
    await this.#enter(collection, ['KEPT'], { phase: 'CLEARING' });
  }

  /** @throws CollectionChangedError */
  async abort(collection: Collection): Promise<void> {
    await this.#enter(collection, ['FACES', 'PREPARING', 'READY'], {
      phase: 'CLEARING',
      outcome: 'ABORTED',
    });
  }

  /** Forgets an upgrade of which nothing is left. */
  async end(collection: Collection): Promise<void> {
    await this.#remove([upgradeKey(collection.generation)]);
    await this.#table.transact([
      {
        update: collectionKey(collection.id),
        expression: 'REMOVE #upgrade ADD tagsVersion :one',
        names: { '#upgrade': 'upgrade' },
        ...same(collection, { ':one': 1 }),
      },
    ]);
  }

  /** Of the phase that the collection is in. */
  async progress({ generation, epoch }: Collection): Promise<Progress> {
    const item = await this.#table.get(upgradeKey(generation));
    if (item === undefined || item['epoch'] !== epoch) return BEGINNING;
    const { kind, after, missing } = item as unknown as Progress;
    return { kind, after, missing };
  }

  /** @returns false if somebody else has got further, who counts */
  async note(
    { generation, epoch }: Collection,
    before: Progress,
    next: Progress,
  ): Promise<boolean> {
    const isFirst = before.kind === 'faces' && before.after === undefined;
    return this.#table.put(
      { ...upgradeKey(generation), epoch, ...next, reached: reached(next) },
      isFirst
        ? 'attribute_not_exists(pk) OR epoch <> :epoch OR reached = :before'
        : 'epoch = :epoch AND reached = :before',
      { ':epoch': epoch, ':before': reached(before) },
    );
  }

  /** Takes away the indexes of the slot that is being cleared; the objects they name become garbage. */
  async clearIndexes({ generation, upgrade }: Collection): Promise<void> {
    for (const kind of ['faces', 'users'] as const) {
      const index = indexName(kind, { slot: upgrade?.slot });
      const tails = Array.from({ length: TAIL_BUCKETS }, (_, bucket) =>
        tailPartition(generation, index, bucket),
      );
      for (const partition of [...tails, removalsPartition(generation, index)]) {
        const attributes = ['pk', 'sk'];
        for await (const page of this.#table.query(partition, { attributes })) {
          await this.#remove(page);
        }
      }
      await this.#remove([manifestKey(generation, index)]);
    }
  }

  /** In transactions, which take no right but that to delete an item. */
  async #remove(keys: readonly Key[]): Promise<void> {
    for (const chunk of chunks(keys, PER_TRANSACTION)) {
      await this.#table.transact(chunk.map(({ pk, sk }) => ({ remove: { pk, sk } })));
    }
  }

  async #enter(
    collection: Collection,
    from: readonly UpgradePhase[],
    change: Partial<Upgrade>,
    set: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    const { upgrade } = collection;
    if (upgrade === undefined || !from.includes(upgrade.phase)) {
      throw new CollectionChangedError(collection.id);
    }
    const since = this.#clock().getTime();
    await this.#step(collection, { ...upgrade, since, ...change }, set);
  }

  async #step(
    collection: Collection,
    upgrade: Upgrade,
    set: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    const { id, generation } = collection;
    const epoch = this.#newId();
    const names = ['epoch', 'upgrade', ...Object.keys(set)];
    const values = { epoch, upgrade, ...set };
    const refusals = await this.#table.transact([
      {
        update: collectionKey(id),
        // Whoever is changing the tags writes the whole item, on the version that was read.
        expression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')} ADD tagsVersion :one`,
        names: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ...same(collection, {
          ':one': 1,
          ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
        }),
        returnOld: true,
      },
      ...(set['faceModel'] === undefined ? [] : [listed(id, set['faceModel'])]),
      ...Array.from({ length: COUNT_BUCKETS }, (_, bucket) => ({
        update: countKey(generation, bucket),
        expression: 'SET epoch = :epoch',
        condition: 'attribute_exists(pk)',
        values: { ':epoch': epoch },
      })),
    ]);
    if (refusals === undefined) return;
    throw refusals[0]?.item?.['generation'] === generation
      ? new CollectionChangedError(id)
      : new CollectionNotFoundError(id);
  }
}

function reached({ kind, after = '' }: Progress): string {
  return `${kind}#${after}`;
}

/** The collection as it was read, and as no step has changed it since. */
function same({ generation, epoch }: Collection, values: Readonly<Record<string, unknown>>) {
  const isSame = epoch === undefined ? 'attribute_not_exists(epoch)' : 'epoch = :seen';
  return {
    condition: `generation = :generation AND ${isSame}`,
    values: {
      ...values,
      ':generation': generation,
      ...(epoch === undefined ? {} : { ':seen': epoch }),
    },
  };
}

function listed(id: string, faceModel: unknown): Write {
  return {
    update: listingKey(id),
    expression: 'SET faceModel = :faceModel',
    condition: 'attribute_exists(pk)',
    values: { ':faceModel': faceModel },
  };
}
