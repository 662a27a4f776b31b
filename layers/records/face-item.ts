/** A face, the shorter forms of it, and the item that it is in the table. */
import { faceKey } from './keys.ts';
import { attributesOf, type Looking, type Place, slotsOf, type ThroughSlot } from './slots.ts';
import type { Item } from './table.ts';

/** Left, top, width and height as ratios of the image. */
export interface FaceBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What a face model makes of a face. */
export interface FaceVector {
  /** Length of the embedder's raw output, in its own unit; faces of before it was kept have none. */
  readonly norm?: number | undefined;
  readonly faceModel: string;
  /** Of unit length. */
  readonly vector: Float32Array;
}

export interface NewFace extends FaceVector {
  readonly id: string;
  readonly imageId: string;
  readonly externalImageId?: string | undefined;
  readonly box: FaceBox;
  /** 0..100. */
  readonly confidence: number;
  /** What the face model makes of it to which the collection is being upgraded. */
  readonly shadow?: FaceVector | undefined;
  /** Milliseconds since the epoch; of a new face: when it was indexed where it comes from. */
  readonly indexedAt?: number | undefined;
  /** When a search last found it, to a day, where that is noted: milliseconds since the epoch. */
  readonly matchedAt?: number | undefined;
}

export interface Face extends Omit<NewFace, 'shadow'> {
  readonly userId?: string | undefined;
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

/** What a search index holds of a face. */
export type IdentifiedVector = Pick<NewFace, 'id' | 'vector'>;

/** Of the table: those that a line is made of. */
export const lineAttributes = (looking: Looking) => [
  'pk',
  'sk',
  'imageId',
  'externalImageId',
  'box',
  'confidence',
  ...slotsOf(looking).map((slot) => attributesOf(slot).faceModel),
  ...hiding(looking),
  'userId',
];

/** That a face has a vector in a slot: a few bytes, unlike the vector. */
export const markAttributes = (through: ThroughSlot) => [
  'sk',
  attributesOf(through).faceModel,
  ...hiding(through),
];

export const vectorAttributes = (through: ThroughSlot) => [
  'sk',
  attributesOf(through).vector,
  ...hiding(through),
];

/** By what a face is known that is not seen. */
function hiding({ unless }: ThroughSlot): string[] {
  return unless === undefined ? [] : [attributesOf({ slot: unless }).faceModel];
}

/** Whether a face is seen through a slot; asked of items with {@link markAttributes}. */
export function isSeen(item: Item, through: ThroughSlot): boolean {
  return typeof item[attributesOf(through).faceModel] === 'string' && !isHidden(item, through);
}

function isHidden(item: Item, through: ThroughSlot): boolean {
  return hiding(through).some((name) => item[name] !== undefined);
}

interface FaceItem extends Item {
  readonly imageId: string;
  readonly externalImageId?: string;
  readonly box: FaceBox;
  readonly confidence: number;
  readonly userId?: string;
  readonly indexedAt?: number;
  readonly matchedAt?: number;
}

/** What a slot holds of a face, by the names of its attributes. */
export function slotValues(through: ThroughSlot, { vector, faceModel, norm }: FaceVector) {
  const names = attributesOf(through);
  return {
    [names.vector]: new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength),
    [names.faceModel]: faceModel,
    ...(norm === undefined ? {} : { [names.norm]: norm }),
  };
}

export function toItem(place: Place, face: NewFace): FaceItem {
  const { id, imageId, externalImageId, box, confidence, indexedAt, matchedAt } = face;
  return {
    ...faceKey(place.generation, id),
    imageId,
    ...(externalImageId === undefined ? {} : { externalImageId }),
    box,
    confidence,
    ...(indexedAt === undefined ? {} : { indexedAt }),
    ...(matchedAt === undefined ? {} : { matchedAt }),
    ...slotValues(place, face),
  };
}

/** @returns undefined for a face that has no vector in a slot in which it is looked for */
export function fromItem(item: Item, looking: Looking): Face | undefined {
  for (const slot of slotsOf(looking)) {
    const line = lineIn(item, slot);
    const known = vectorFromItem(item, slot);
    if (line && known) return { ...line, vector: known.vector };
  }
  return undefined;
}

/** @returns undefined for a face that has no vector in the slot */
export function vectorFromItem(item: Item, through: ThroughSlot): IdentifiedVector | undefined {
  const bytes = item[attributesOf(through).vector];
  if (!(bytes instanceof Uint8Array) || isHidden(item, through)) return undefined;
  // The bytes of an item need not start at a multiple of four; a copy does.
  return { id: item.sk, vector: new Float32Array(bytes.slice().buffer) };
}

/** @returns undefined for a face that has no vector in a slot in which it is looked for */
export function lineFromItem(item: Item, looking: Looking): FaceLine | undefined {
  for (const slot of slotsOf(looking)) {
    const line = lineIn(item, slot);
    if (line) return line;
  }
  return undefined;
}

function lineIn(item: Item, through: ThroughSlot): FaceLine | undefined {
  const names = attributesOf(through);
  const { sk, imageId, externalImageId, box, confidence } = item as FaceItem;
  const { userId, indexedAt, matchedAt } = item as FaceItem;
  const { [names.faceModel]: faceModel, [names.norm]: norm } = item;
  if (typeof faceModel !== 'string' || isHidden(item, through)) return undefined;
  return {
    id: sk,
    imageId,
    externalImageId,
    box,
    confidence,
    norm: typeof norm === 'number' ? norm : undefined,
    faceModel,
    userId,
    ...(indexedAt === undefined ? {} : { indexedAt }),
    ...(matchedAt === undefined ? {} : { matchedAt }),
  };
}
