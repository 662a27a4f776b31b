/** What a tail does to the shards of an index. */
import type { Collection, TailEntry } from '../records/index.ts';
import { decodeIds, idFromBytes } from './ids.ts';
import type { Embedded, Row } from './shard.ts';
import { decodeShard, encodeShard } from './shard.ts';

export interface Change {
  /** The vectors to be in a shard, one for each id. */
  readonly alive: readonly Row[];
  /** Ids whose rows leave the shards there are. */
  readonly outdated: ReadonlySet<string>;
  /** How many of the ids have no record. */
  readonly removed: number;
}

export interface ChangeSource {
  readonly dimension: number;
  readonly existing: (collection: Collection, ids: readonly string[]) => Promise<Set<string>>;
  readonly current?: (
    collection: Collection,
    ids: readonly string[],
  ) => Promise<readonly Embedded[]>;
}

/**
 * To be asked after the manifest was read. Hence no fold that replaces the same manifest has seen newer
 * records, and what the shards hold never goes back in time.
 */
export async function changeOf(
  collection: Collection,
  tail: readonly TailEntry[],
  { dimension, existing, current }: ChangeSource,
): Promise<Change> {
  const added = rowsOf(tail);
  const mentioned = [...new Set([...added.keys(), ...removedIds(tail)])];
  if (mentioned.length === 0) return { alive: [], outdated: new Set(), removed: 0 };
  if (current !== undefined) {
    const alive = quantised(collection, dimension, await current(collection, mentioned));
    return { alive, outdated: new Set(mentioned), removed: mentioned.length - alive.length };
  }
  const there = await existing(collection, mentioned);
  const gone = new Set(mentioned.filter((id) => !there.has(id)));
  const alive = [...added].flatMap(([id, row]) => (there.has(id) ? [row] : []));
  return { alive, outdated: gone, removed: gone.size };
}

/** The vectors that the tail adds, one for each id. */
function rowsOf(tail: readonly TailEntry[]): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const { kind, payload } of tail) {
    if (kind !== 'add') continue;
    const shard = decodeShard(payload);
    for (let index = 0; index < shard.count; index++) {
      rows.set(idFromBytes(shard.ids, index), { shard, index });
    }
  }
  return rows;
}

function removedIds(tail: readonly TailEntry[]): string[] {
  return tail.flatMap(({ kind, payload }) => (kind === 'remove' ? decodeIds(payload) : []));
}

function quantised(
  { faceModel }: Collection,
  dimension: number,
  vectors: readonly Embedded[],
): Row[] {
  const shard = decodeShard(encodeShard(faceModel, dimension, vectors));
  return vectors.map((_, index) => ({ shard, index }));
}
