/** A user, and the item that it is in the table. */
import { createHash } from 'node:crypto';
import { userKey } from './keys.ts';
import { attributesOf, type Looking, type Place, slotsOf, type ThroughSlot } from './slots.ts';
import type { Item } from './table.ts';

/** `CREATED`: has no faces. `ACTIVE`: is found by its faces. `UPDATING`: is about to be deleted. */
export type UserStatus = 'CREATED' | 'ACTIVE' | 'UPDATING';

export interface User {
  /** A UUID that follows from the user id: the key of the record, and of the vector in the index. */
  readonly id: string;
  readonly userId: string;
  readonly faceIds: readonly string[];
  /** Of unit length, and of the face model of the collection. */
  readonly vector?: Float32Array | undefined;
  /** That of those faces that are kept in the face model that the collection had. */
  readonly kept?: Float32Array | undefined;
  readonly status: UserStatus;
  /** New with every change. */
  readonly revision: string;
}

/** A user that a search can find. */
export interface IdentifiedUser extends User {
  readonly vector: Float32Array;
}

/** A custom UUID (RFC 9562, section 5.8): the first bits of the SHA-256 of the user id. */
export function userKeyOf(userId: string): string {
  const hash = createHash('sha256').update(userId, 'utf8').digest();
  const bytes = hash.subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

interface UserItem extends Item {
  readonly userId: string;
  readonly faceIds: readonly string[];
  readonly revision: string;
}

/** What a slot holds of a user, by the name of its attribute. */
export function slotValue(through: ThroughSlot, vector: Float32Array | undefined) {
  if (vector === undefined) return {};
  const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
  return { [attributesOf(through).vector]: bytes };
}

export function toItem(
  place: Place,
  { id, userId, faceIds, vector }: Omit<User, 'status' | 'revision' | 'kept'>,
  revision: string,
): UserItem {
  return {
    ...userKey(place.generation, id),
    userId,
    faceIds,
    revision,
    ...slotValue(place, vector),
  };
}

export function fromItem(item: Item, looking: Looking): User {
  const { sk, userId, faceIds, revision } = item as UserItem;
  const [own, other] = slotsOf(looking);
  const vector = own && vectorIn(item, own);
  const kept = other && vectorIn(item, other);
  const status = statusOf(faceIds, vector ?? kept);
  return { id: sk, userId, faceIds, vector, ...(kept && { kept }), revision, status };
}

function vectorIn(item: Item, slot: ThroughSlot): Float32Array | undefined {
  const bytes = item[attributesOf(slot).vector];
  // The bytes of an item need not start at a multiple of four; a copy does.
  return bytes instanceof Uint8Array ? new Float32Array(bytes.slice().buffer) : undefined;
}

function statusOf(faceIds: readonly string[], vector: Float32Array | undefined): UserStatus {
  if (vector !== undefined) return 'ACTIVE';
  return faceIds.length === 0 ? 'CREATED' : 'UPDATING';
}

export function isIdentified(user: User): user is IdentifiedUser {
  return user.vector !== undefined;
}
