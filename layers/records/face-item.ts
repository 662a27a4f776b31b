/** A face, the shorter forms of it, and the item that it is in the table. */
import { faceKey } from './keys.ts';
import type { Item } from './table.ts';

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

/** What a search index holds of a face. */
export type IdentifiedVector = Pick<NewFace, 'id' | 'vector'>;

/** Of the table: those that a line is made of. */
export const LINE_ATTRIBUTES = [
  'pk',
  'sk',
  'imageId',
  'externalImageId',
  'box',
  'confidence',
  'faceModel',
  'userId',
];

export const VECTOR_ATTRIBUTES = ['sk', 'vector'];

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

export function toItem(generation: string, face: NewFace): FaceItem {
  const { id, externalImageId, norm, vector, ...rest } = face;
  return {
    ...faceKey(generation, id),
    ...rest,
    ...(externalImageId === undefined ? {} : { externalImageId }),
    ...(norm === undefined ? {} : { norm }),
    vector: new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength),
  };
}

export function fromItem(item: Item): Face {
  const { vector } = item as FaceItem;
  // The bytes of an item need not start at a multiple of four; a copy does.
  const aligned = vector.slice();
  return { ...lineFromItem(item), vector: new Float32Array(aligned.buffer) };
}

export function vectorFromItem(item: Item): IdentifiedVector {
  const { sk, vector } = item as FaceItem;
  return { id: sk, vector: new Float32Array(vector.slice().buffer) };
}

export function lineFromItem(item: Item): FaceLine {
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
