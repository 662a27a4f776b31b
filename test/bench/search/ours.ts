/**
 * The search of this repository: shards out of S3, the scan, and the vectors of the records, which are in
 * memory here, as the reads of DynamoDB are no part of the comparison.
 */
import type { ShardReference } from '../../../layers/records/index.ts';
import type { ShardStore } from '../../../layers/vectors/index.ts';
import { LocalScanner, S3ShardStore, ShardCache } from '../../../layers/vectors/index.ts';
import { footprint } from '../../../layers/vectors/kernel/memory.ts';
import { mostRows } from '../../../layers/vectors/plan.ts';
import { cosine } from '../../../layers/vectors/scan.ts';
import { encodeShard } from '../../../layers/vectors/shard.ts';
import { openStore, type TestStore } from '../../support/tables.ts';
import { type Data, row } from './data.ts';
import type { Engine } from './engine.ts';

const BUCKET = 'shards';
const CACHE_BYTES = 64e9;

export interface FirstAnswer {
  /** Of the shards, read before the answer was there. */
  readonly loaded: number;
  readonly milliseconds: number;
}

export interface Loaded {
  readonly engine: Engine;
  /** Bytes of all shards in S3. */
  readonly bytes: number;
  /** A first search, with nothing in memory: of what reaches a similarity of 80, and of the ten best. */
  readonly first: { readonly threshold: FirstAnswer; readonly best: FirstAnswer };
}

/** Builds shards, puts them into S3, asks for them from there, and keeps them in memory. */
export async function loadOurs(data: Data): Promise<Loaded> {
  const objects = await openStore();
  try {
    const shards = await writeShards(objects, data);
    const read = { bytes: 0 };
    const store = counting(new S3ShardStore(objects.connect(), BUCKET), read);
    const [query] = data.queries;
    if (query === undefined) throw new RangeError('There is no query.');
    const first = async (limit: number, minCosine: number): Promise<FirstAnswer> => {
      const cache = new ShardCache(store, CACHE_BYTES);
      // What is loaded once the answer is there does not count.
      cache.loadAhead = async () => undefined;
      read.bytes = 0;
      const start = performance.now();
      await search(data, cache, shards, query, limit, minCosine);
      return { loaded: read.bytes, milliseconds: performance.now() - start };
    };
    const threshold = await first(4096, data.minCosine[80]);
    const best = await first(10, -1);
    const cache = new ShardCache(store, CACHE_BYTES);
    await Promise.all(shards.map((shard) => cache.get(shard)));
    return {
      engine: {
        bytes: shards.reduce((sum, shard) => sum + footprint(shard.bytes), 0),
        nearest: (one, count) => search(data, cache, shards, one, count, -1),
        above: (one, minCosine, most) => search(data, cache, shards, one, most, minCosine),
      },
      bytes: shards.reduce((sum, shard) => sum + shard.bytes, 0),
      first: { threshold, best },
    };
  } finally {
    await objects.close();
  }
}

/** @param read is told of every byte */
function counting(store: ShardStore, read: { bytes: number }): Pick<ShardStore, 'get' | 'read'> {
  return {
    get(key, bytes) {
      read.bytes += bytes;
      return store.get(key, bytes);
    },
    read(key, start, place) {
      read.bytes += place.length;
      return store.read(key, start, place);
    },
  };
}

async function writeShards(objects: TestStore, data: Data): Promise<ShardReference[]> {
  const { count, dimension } = data;
  await objects.createBucket(BUCKET);
  const store = new S3ShardStore(objects.connect(), BUCKET);
  const written: ShardReference[] = [];
  const most = mostRows(dimension);
  for (let from = 0; from < count; from += most) {
    const embedded = Array.from({ length: Math.min(most, count - from) }, (_, i) => ({
      id: idOf(from + i),
      vector: row(data, from + i),
    }));
    const bytes = encodeShard('bench', dimension, embedded);
    const key = `shard-${from}`;
    await store.put(key, bytes);
    written.push({ key, count: embedded.length, bytes: bytes.length });
  }
  return written;
}

const idOf = (index: number) =>
  `${index.toString(16).padStart(8, '0')}-0000-5000-8000-000000000000`;
const rowOf = (id: string) => Number.parseInt(id.slice(0, 8), 16);

async function search(
  data: Data,
  cache: ShardCache,
  shards: readonly ShardReference[],
  query: Float32Array,
  limit: number,
  minCosine: number,
): Promise<number[]> {
  const selector = await new LocalScanner(cache).open(query, [], shards);
  const known = new Map<string, number>();
  for (;;) {
    const selected = await selector.select({ limit, minCosine, known });
    if (selected.length === 0) break;
    for (const id of selected) known.set(id, cosine(query, row(data, rowOf(id))));
  }
  return [...known]
    .filter(([, value]) => value >= minCosine)
    .sort(([, a], [, b]) => b - a)
    .slice(0, limit)
    .map(([id]) => rowOf(id));
}
