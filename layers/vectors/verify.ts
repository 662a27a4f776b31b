/**
 * Whether an index agrees with the records that it is made from.
 *
 * Every record must be in a shard or in the tail, its codes must be those that its vector is quantised to,
 * and a shard may hold nothing else but what the tail says is to be taken out. What is written while this
 * looks may seem wrong, since no two reads are of the same moment: a problem is one that is seen again.
 */
import type { Collection, IndexName, Manifest, Records, TailEntry } from '../records/index.ts';
import { decodeIds, idFromBytes } from './ids.ts';
import type { Embedded, Row, Shard } from './shard.ts';
import { codesOf, decodeShard, encodeShard, ShardCorruptError } from './shard.ts';
import type { ShardStore } from './store.ts';
import { ShardMissingError } from './store.ts';

export interface VerifyOptions {
  readonly records: {
    readonly tail: Pick<Records['tail'], 'read'>;
    readonly manifests: Pick<Records['manifests'], 'get'>;
  };
  readonly store: Pick<ShardStore, 'get'>;
  readonly index: IndexName;
  readonly dimension: number;
  /** Every record that belongs into the index. */
  readonly all: (collection: Collection) => AsyncIterable<Embedded>;
}

export interface IndexProblem {
  /**
   * `lost`: a shard is missing or damaged, so that nothing is said of what it held. `count`: the manifest
   * is wrong about a shard. `missing`: a record is nowhere. `codes`: a record's codes are not those of its
   * vector. `extra`: there is no record. `twice`: in several shards, which a fold that died after its swap
   * leaves behind, and which changes no answer.
   */
  readonly kind: 'lost' | 'count' | 'missing' | 'codes' | 'extra' | 'twice';
  /** The key of a shard, or the id of a record. */
  readonly subject: string;
}

export async function verifyIndex(
  collection: Collection,
  { records, store, index, dimension, all }: VerifyOptions,
): Promise<IndexProblem[]> {
  const tail = await records.tail.read(collection.generation, index);
  const manifest = await records.manifests.get(collection.generation, index);
  const { rows, problems } = await readShards(manifest, store);
  const areAllThere = !problems.some(({ kind }) => kind === 'lost');
  const changing = idsIn(tail);
  const added = new Set(tail.flatMap((entry) => (entry.kind === 'add' ? [...idsIn([entry])] : [])));
  for await (const record of all(collection)) {
    const found = rows.get(record.id) ?? [];
    rows.delete(record.id);
    const problem = (kind: IndexProblem['kind']) => problems.push({ kind, subject: record.id });
    if (found.length === 0 && !added.has(record.id) && areAllThere) problem('missing');
    if (found.length > 1) problem('twice');
    // An entry of the tail may be about to replace the codes.
    if (changing.has(record.id)) continue;
    if (found.some((row) => !isQuantised(row, record, collection, dimension))) problem('codes');
  }
  for (const id of rows.keys()) {
    if (!changing.has(id)) problems.push({ kind: 'extra', subject: id });
  }
  return problems;
}

async function readShards(
  { shards }: Manifest,
  store: Pick<ShardStore, 'get'>,
): Promise<{ rows: Map<string, Row[]>; problems: IndexProblem[] }> {
  const rows = new Map<string, Row[]>();
  const problems: IndexProblem[] = [];
  for (const { key, bytes, count } of shards) {
    let shard: Shard;
    try {
      shard = decodeShard(await store.get(key, bytes));
    } catch (error) {
      if (!(error instanceof ShardMissingError || error instanceof ShardCorruptError)) throw error;
      problems.push({ kind: 'lost', subject: key });
      continue;
    }
    if (shard.count !== count) problems.push({ kind: 'count', subject: key });
    for (let index = 0; index < shard.count; index++) {
      const id = idFromBytes(shard.ids, index);
      rows.set(id, [...(rows.get(id) ?? []), { shard, index }]);
    }
  }
  return { rows, problems };
}

/** The ids of vectors and of deletions. */
function idsIn(tail: readonly TailEntry[]): Set<string> {
  return new Set(
    tail.flatMap(({ kind, payload }) => {
      if (kind === 'remove') return decodeIds(payload);
      const { ids, count } = decodeShard(payload);
      return Array.from({ length: count }, (_, i) => idFromBytes(ids, i));
    }),
  );
}

function isQuantised(
  { shard, index }: Row,
  record: Embedded,
  { faceModel }: Collection,
  dimension: number,
): boolean {
  if (shard.faceModel !== faceModel || shard.dimension !== dimension) return false;
  const expected = decodeShard(encodeShard(faceModel, dimension, [record]));
  const codes = codesOf({ shard: expected, index: 0 });
  return (
    shard.scales[index] === expected.scales[0] &&
    codesOf({ shard, index }).every((code, i) => code === codes[i])
  );
}
