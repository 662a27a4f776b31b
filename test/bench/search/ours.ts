/**
 * The search of this repository: shards out of S3, the scan, and the vectors of the records, which are in
 * memory here, as the reads of DynamoDB are no part of the comparison.
 */
import { S3ShardStore } from '../../../layers/vectors/index.ts';
import { footprint } from '../../../layers/vectors/kernel/memory.ts';
import { cosine, Scan } from '../../../layers/vectors/scan.ts';
import { decodeShard, encodeShard, type Shard } from '../../../layers/vectors/shard.ts';
import { openStore, type TestStore } from '../../support/tables.ts';
import { type Data, DIMENSION, row } from './data.ts';
import type { Engine } from './engine.ts';

/** As many as a fold puts into one. */
const SHARD_COUNT = 262_144;
const BUCKET = 'shards';

export interface Loaded {
  readonly engine: Engine;
  /** Bytes a second, from S3 on this machine until a search can begin. */
  readonly loadRate: number;
  /** The same, of bytes that are in memory. */
  readonly parseRate: number;
}

/** Builds shards, puts them into S3 and gets them back. */
export async function loadOurs(data: Data): Promise<Loaded> {
  const objects = await openStore();
  try {
    const written = await writeShards(objects, data);
    const store = new S3ShardStore(objects.connect(), BUCKET);
    const shards: Shard[] = [];
    let total = 0;
    let loadMs = 0;
    let parseMs = 0;
    for (const { key, bytes } of written) {
      const start = performance.now();
      const got = await store.get(key, bytes);
      const arrived = performance.now();
      shards.push(decodeShard(got));
      parseMs += performance.now() - arrived;
      loadMs += performance.now() - start;
      total += bytes;
    }
    const bytes = written.reduce((sum, shard) => sum + footprint(shard.bytes), 0);
    return {
      engine: engine(data, shards, bytes),
      loadRate: (total / loadMs) * 1000,
      parseRate: (total / parseMs) * 1000,
    };
  } finally {
    await objects.close();
  }
}

async function writeShards(objects: TestStore, { vectors, count }: Data) {
  await objects.createBucket(BUCKET);
  const store = new S3ShardStore(objects.connect(), BUCKET);
  const written: { key: string; bytes: number }[] = [];
  for (let from = 0; from < count; from += SHARD_COUNT) {
    const embedded = Array.from({ length: Math.min(SHARD_COUNT, count - from) }, (_, i) => ({
      id: idOf(from + i),
      vector: row(vectors, from + i),
    }));
    const bytes = encodeShard('bench', DIMENSION, embedded);
    const key = `shard-${from}`;
    await store.put(key, bytes);
    written.push({ key, bytes: bytes.length });
  }
  return written;
}

const idOf = (index: number) =>
  `${index.toString(16).padStart(8, '0')}-0000-5000-8000-000000000000`;
const rowOf = (id: string) => Number.parseInt(id.slice(0, 8), 16);

function engine({ vectors }: Data, shards: readonly Shard[], bytes: number): Engine {
  const search = async (query: Float32Array, limit: number, minCosine: number) => {
    const scan = new Scan(query, shards);
    const known = new Map<string, number>();
    for (;;) {
      const selected = await scan.select({ limit, minCosine, known });
      if (selected.length === 0) break;
      for (const id of selected) known.set(id, cosine(query, row(vectors, rowOf(id))));
    }
    return [...known]
      .filter(([, value]) => value >= minCosine)
      .sort(([, a], [, b]) => b - a)
      .slice(0, limit)
      .map(([id]) => rowOf(id));
  };
  return {
    bytes,
    nearest: (query, count) => search(query, count, -1),
    above: (query, minCosine, most) => search(query, most, minCosine),
  };
}
