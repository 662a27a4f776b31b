/** Where ids are in an index: in its tail, and in every object of the bucket, whether a manifest names it or not. */
import { type IndexKind, kindOf, type TailEntry } from '../records/index.ts';
import { decodeIdList, isIdList } from './id-list.ts';
import { decodeIds, ID_BYTES, idFromBytes } from './ids.ts';
import { codesOf, decodeShard, encodeShard, type Shard, ShardCorruptError } from './shard.ts';
import { ShardMissingError, type ShardStore } from './store.ts';

/** Every id that the tail speaks of, to add or to remove it. */
export function idsInTail(tail: readonly TailEntry[]): Set<string> {
  return new Set(
    tail.flatMap(({ kind, payload }) =>
      kind === 'remove' ? decodeIds(payload) : idsOf(decodeShard(payload)),
    ),
  );
}

/**
 * Goes through all objects of a generation, one in memory at a time.
 * @returns those of the ids that are in one
 * @throws ShardCorruptError where that cannot be told, because an object is damaged
 */
export async function idsInShards(
  store: Pick<ShardStore, 'list' | 'get'>,
  generation: string,
  ids: Readonly<Record<IndexKind, ReadonlySet<string>>>,
): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const { key, bytes, index } of store.list(generation)) {
    const wanted = ids[kindOf(index)];
    if (wanted.size === 0) continue;
    const held = await open(store, key, bytes);
    if (held === undefined) continue;
    for (const id of wantedIn(held, wanted)) found.add(id);
  }
  return found;
}

/** Any id will do where only the codes are of interest. */
const NO_ID = '00000000-0000-4000-8000-000000000000';

/**
 * Whether there are the codes of a vector in a shard, or in the payload of an entry of the tail.
 * @param bytes anything; what is no shard holds no codes
 */
export function holdsVector(bytes: Uint8Array, vector: Float32Array): boolean {
  let shard: Shard;
  try {
    shard = decodeShard(bytes);
  } catch (error) {
    if (error instanceof ShardCorruptError) return false;
    throw error;
  }
  if (shard.dimension !== vector.length) return false;
  const sought = decodeShard(encodeShard('', vector.length, [{ id: NO_ID, vector }]));
  const codes = Buffer.from(codesOf({ shard: sought, index: 0 }));
  for (let index = 0; index < shard.count; index++) {
    if (codes.equals(Buffer.from(codesOf({ shard, index })))) return true;
  }
  return false;
}

/** @returns undefined for an object that went between the listing and now */
async function open(
  store: Pick<ShardStore, 'get'>,
  key: string,
  bytes: number,
): Promise<Pick<Shard, 'ids' | 'count'> | undefined> {
  try {
    const object = await store.get(key, bytes);
    if (!isIdList(key)) return decodeShard(object);
    const ids = decodeIdList(object);
    return { ids, count: ids.length / ID_BYTES };
  } catch (error) {
    if (error instanceof ShardMissingError) return undefined;
    if (error instanceof ShardCorruptError) {
      throw new ShardCorruptError(`What is in ${key} cannot be told.`, { cause: error });
    }
    throw error;
  }
}

/** A million ids are gone over by their first four bytes, and only those that may be wanted are spelled out. */
function wantedIn(
  { ids, count }: Pick<Shard, 'ids' | 'count'>,
  wanted: ReadonlySet<string>,
): string[] {
  const beginnings = new Set([...wanted].map((id) => Number.parseInt(id.slice(0, 8), 16)));
  const view = new DataView(ids.buffer, ids.byteOffset, ids.byteLength);
  const found: string[] = [];
  for (let index = 0; index < count; index++) {
    if (!beginnings.has(view.getUint32(index * ID_BYTES))) continue;
    const id = idFromBytes(ids, index);
    if (wanted.has(id)) found.push(id);
  }
  return found;
}

function idsOf({ ids, count }: Shard): string[] {
  return Array.from({ length: count }, (_, index) => idFromBytes(ids, index));
}
