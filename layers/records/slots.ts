/**
 * Where the vectors of a collection are. Each face and each user has two places for one, the slots `a` and `b`,
 * and each slot has search indexes of its own. One slot answers; in the other one an upgrade prepares the vectors
 * of another face model. Both are attributes of the same records, so whoever is deleted is gone from both.
 *
 * A collection that is passed on is a view through one slot: {@link shadowOf} gives the view through the other.
 * While an upgrade keeps faces in the face model that they had, who is named by an id is looked for in both slots
 * ({@link slotsOf}), and a search goes over two views ({@link viewsOf}), which have no upgrade and see one slot each.
 */
import type { Collection, Upgrade } from './collections.ts';
import { collectionKey, type IndexKind, type IndexName, type Slot } from './keys.ts';
import type { Write } from './table.ts';

/** Names of the attributes that hold a vector and what belongs to it. */
export interface SlotAttributes {
  readonly vector: string;
  readonly faceModel: string;
  readonly norm: string;
}

const ATTRIBUTES: Readonly<Record<Slot, SlotAttributes>> = {
  a: { vector: 'vector', faceModel: 'faceModel', norm: 'norm' },
  b: { vector: 'vectorB', faceModel: 'faceModelB', norm: 'normB' },
};

const KINDS: Readonly<Record<IndexName, readonly [IndexKind, Slot]>> = {
  faces: ['faces', 'a'],
  users: ['users', 'a'],
  'faces-b': ['faces', 'b'],
  'users-b': ['users', 'b'],
};

/** Through which slot something is seen; `a` where none is said. */
export interface ThroughSlot {
  readonly slot?: Slot | undefined;
  /** A face that has a vector in this one is not seen. */
  readonly unless?: Slot | undefined;
}

/** A generation, seen through a slot. */
export interface Place extends Looking {
  readonly generation: string;
}

/** Where somebody is looked for. */
export interface Looking extends ThroughSlot {
  readonly upgrade?: Upgrade | undefined;
}

export function attributesOf({ slot = 'a' }: ThroughSlot): SlotAttributes {
  return ATTRIBUTES[slot];
}

export function otherSlot({ slot = 'a' }: ThroughSlot): Slot {
  return slot === 'a' ? 'b' : 'a';
}

/** The index of a kind in the slot that a collection is seen through. */
export function indexName(kind: IndexKind, { slot = 'a' }: ThroughSlot): IndexName {
  return slot === 'a' ? kind : `${kind}-b`;
}

export function kindOf(index: IndexName): IndexKind {
  return KINDS[index][0];
}

export function slotOf(index: IndexName): Slot {
  return KINDS[index][1];
}

/**
 * A collection as it will be when the upgrade under way is committed.
 * @returns undefined where there is none, or what is left of one is being taken away
 */
export function shadowOf(collection: Collection): Collection | undefined {
  const { upgrade, ...rest } = collection;
  if (!isPreparing(upgrade)) return undefined;
  return { ...rest, slot: upgrade.slot, faceModel: upgrade.faceModel };
}

/**
 * Those of a collection that are kept in the face model that it had: faces without a vector of its own, and users by
 * such faces.
 * @returns undefined where an upgrade keeps nobody
 */
export function keptOf(collection: Collection): Collection | undefined {
  const { upgrade, slot = 'a', ...rest } = collection;
  if (!isKeeping(upgrade)) return undefined;
  return { ...rest, slot: upgrade.slot, faceModel: upgrade.keptFaceModel, unless: slot };
}

/** What has vectors beside those that answer first: what an upgrade prepares, or keeps. */
export function besideOf(collection: Collection): Collection | undefined {
  return shadowOf(collection) ?? keptOf(collection);
}

/**
 * The views that answer together, each through one slot; that of the collection's face model is the last. They are
 * to be searched in this order: who gets a vector of it in between leaves the one and is in the other at once.
 */
export function viewsOf(collection: Collection): Collection[] {
  const { upgrade, ...own } = collection;
  const kept = keptOf(collection);
  return kept === undefined ? [own] : [kept, own];
}

/** The slots in which somebody is looked for, that of the vectors that answer first. */
export function slotsOf({ slot, unless, upgrade }: Looking): ThroughSlot[] {
  return isKeeping(upgrade) ? [{ slot }, { slot: upgrade.slot }] : [{ slot, unless }];
}

/** The collection through the slot of an index; undefined for one that nobody uses. */
export function through(collection: Collection, index: IndexName): Collection | undefined {
  if (slotOf(index) !== (collection.slot ?? 'a')) return besideOf(collection);
  return viewsOf(collection).at(-1);
}

/** The indexes that are in use: two, and two more while an upgrade is under way or keeps faces. */
export function indexesOf({ slot, upgrade }: Pick<Collection, 'slot' | 'upgrade'>): IndexName[] {
  const isInUse = isPreparing(upgrade) || isKeeping(upgrade);
  const views = [{ slot }, ...(isInUse ? [{ slot: upgrade.slot }] : [])];
  return views.flatMap((view) => [indexName('faces', view), indexName('users', view)]);
}

function isPreparing(upgrade: Upgrade | undefined): upgrade is Upgrade {
  return upgrade !== undefined && upgrade.phase !== 'CLEARING' && upgrade.phase !== 'KEPT';
}

function isKeeping(
  upgrade: Upgrade | undefined,
): upgrade is Upgrade & { readonly keptFaceModel: string } {
  return upgrade?.phase === 'KEPT' && upgrade.keptFaceModel !== undefined;
}

/**
 * Refuses a transaction unless the collection is there, and no step of an upgrade has been taken since it was read: so
 * nothing gets into an index that is being cleared, and a fold that meets a step is folded again.
 */
export function unchangedIndexes({ id, generation, epoch }: Versioned): Write {
  const isSame = epoch === undefined ? 'attribute_not_exists(epoch)' : 'epoch = :epoch';
  return {
    check: collectionKey(id),
    condition: `generation = :generation AND ${isSame}`,
    values: { ':generation': generation, ...(epoch === undefined ? {} : { ':epoch': epoch }) },
  };
}

/** A collection at a step of its upgrades. */
export type Versioned = Pick<Collection, 'id' | 'generation' | 'epoch'>;

/**
 * The counters know of every upgrade and of every suppression: whoever writes does so on the revisions that the
 * collection was read with (`epoch` and `suppressions`).
 * @param what `vectors`: what is written depends on the face models alone
 */
export function asRead(
  { epoch, suppressions }: Pick<Collection, 'epoch' | 'suppressions'>,
  what: 'vectors' | 'faces',
): { readonly condition: string; readonly values: Readonly<Record<string, unknown>> } {
  const conditions = ['attribute_exists(pk)'];
  const values: Record<string, unknown> = {};
  const require = (attribute: string, revision: string | undefined) => {
    if (revision === undefined) conditions.push(`attribute_not_exists(${attribute})`);
    else {
      conditions.push(`${attribute} = :${attribute}`);
      values[`:${attribute}`] = revision;
    }
  };
  require('epoch', epoch);
  if (what === 'faces') require('suppressions', suppressions);
  return { condition: conditions.join(' AND '), values };
}
