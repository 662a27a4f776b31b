/**
 * Reading a shard out of the store, the upper plane first: it is enough to search by, and half the bytes.
 *
 * All of a shard has its place from the start, where the kernel reads it; a place that has not been written to
 * takes no memory.
 */
import type { ShardReference } from '../records/index.ts';
import { allocate } from './kernel/memory.ts';
import type { Shard } from './shard.ts';
import { addLower, decodeShard, decodeUpper, lowerPlaneAbout, lowerPlaneAt } from './shard.ts';
import type { ShardStore } from './store.ts';

/** Smaller ones are read at once: it is the request that takes the time. */
const SMALL_BYTES = 1024 * 1024;

export interface Loaded {
  /** Without a lower plane, unless it came along. */
  readonly shard: Shard;
  /** All of the shard, as far as it has been read. */
  readonly place: Uint8Array;
}

/** How many bytes {@link loadUpper} reads, but for a few. */
export function upperBytes({ count, bytes }: Pick<ShardReference, 'count' | 'bytes'>): number {
  return bytes < SMALL_BYTES ? bytes : lowerPlaneAbout(count, bytes);
}

/** @throws ShardMissingError, ShardCorruptError */
export async function loadUpper(
  store: Pick<ShardStore, 'get' | 'read'>,
  reference: ShardReference,
): Promise<Loaded> {
  const { key, bytes } = reference;
  const about = upperBytes(reference);
  if (about === bytes) {
    const place = await store.get(key, bytes);
    return { shard: decodeShard(place), place };
  }
  const place = allocate(bytes);
  await store.read(key, 0, place.subarray(0, about));
  const lower = lowerPlaneAt(place, bytes);
  if (lower > about) await store.read(key, about, place.subarray(about, lower));
  // Of an earlier version there is no part to begin with.
  const shard = lower === bytes ? decodeShard(place) : decodeUpper(place);
  return { shard, place };
}

/** The same shard with its lower plane. @throws ShardMissingError, ShardCorruptError */
export async function loadLower(
  store: Pick<ShardStore, 'read'>,
  { key, bytes }: ShardReference,
  { shard, place }: Loaded,
): Promise<Shard> {
  if (shard.lower !== undefined) return shard;
  const start = lowerPlaneAt(place, bytes);
  await store.read(key, start, place.subarray(start));
  return addLower(shard, place);
}
