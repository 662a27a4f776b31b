/** Searches among shards that have just begun to be loaded: exact, and with no more bytes than they need. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { ShardReference } from '../../layers/records/index.ts';
import { scanPart } from '../../layers/vectors/fanout/part.ts';
import type { Scanner } from '../../layers/vectors/index.ts';
import { FanOut, LocalScanner, ShardCache } from '../../layers/vectors/index.ts';
import { FEW } from '../../layers/vectors/pass.ts';
import type { Embedded } from '../../layers/vectors/shard.ts';
import { decodeShard, encodeShard, lowerPlaneAt } from '../../layers/vectors/shard.ts';
import { normalised, Random } from '../support/random.ts';
import { product } from './arbitraries.ts';

const DIMENSION = 128;
const random = new Random(18);
const query = random.unitVector(DIMENSION);

/** Strangers, and some who are alike to the query. */
const faces: readonly Embedded[] = Array.from({ length: 24_000 }, (_, i) => {
  const stranger = random.unitVector(DIMENSION);
  const vector =
    i % 2000 === 7 ? normalised([...stranger].map((x, j) => x + 2 * (query[j] ?? 0))) : stranger;
  return { id: random.uuid(), vector };
});
const [first, second, recent] = [faces.slice(0, 11_999), faces.slice(11_999, -3), faces.slice(-3)];

const objects = new Map<string, Uint8Array>();
const references: ShardReference[] = [];
beforeAll(() => {
  for (const [key, part] of [
    ['a', first],
    ['b', second],
  ] as const) {
    const bytes = encodeShard('1.0', DIMENSION, part);
    objects.set(key, bytes);
    references.push({ key, count: part.length, bytes: bytes.length });
  }
});

/** A cache over the objects that counts what is read. */
function newCache() {
  const read = { bytes: 0 };
  const object = (key: string) => objects.get(key) ?? new Uint8Array();
  const store = {
    get: async (key: string) => object(key),
    async read(key: string, start: number, place: Uint8Array) {
      read.bytes += place.length;
      place.set(object(key).subarray(start, start + place.length));
    },
  };
  return { read, cache: new ShardCache(store, 1e9) };
}

const scanners: [string, (cache: ShardCache) => Scanner][] = [
  ['in one process', (cache) => new LocalScanner(cache)],
  ['by a function', (cache) => new FanOut({ functions: [(task) => scanPart(task, { cache })] })],
];

async function search(scanner: Scanner, limit: number, minCosine: number) {
  const selector = await scanner.open(
    query,
    [decodeShard(encodeShard('1.0', DIMENSION, recent))],
    references,
  );
  const vectors = new Map(faces.map(({ id, vector }) => [id, vector]));
  const known = new Map<string, number>();
  for (;;) {
    const selected = await selector.select({ limit, minCosine, known });
    if (selected.length === 0) break;
    for (const id of selected) known.set(id, product(query, vectors.get(id) ?? new Float32Array()));
  }
  const found = [...known]
    .filter(([, cosine]) => cosine >= minCosine)
    .sort(([, a], [, b]) => b - a)
    .slice(0, limit)
    .map(([id]) => id);
  return { found, selected: known.size };
}

function truth(limit: number, minCosine: number): string[] {
  return faces
    .map(({ id, vector }) => ({ id, cosine: product(query, vector) }))
    .filter(({ cosine }) => cosine >= minCosine)
    .sort((a, b) => b.cosine - a.cosine)
    .slice(0, limit)
    .map(({ id }) => id);
}

const total = () => references.reduce((sum, { bytes }) => sum + bytes, 0);
const upper = () =>
  references.reduce((sum, { key, bytes }) => sum + lowerPlaneAt(objects.get(key)!, bytes), 0);

describe.each(scanners)('a search among shards that are not in memory, %s', (_, open) => {
  it('reads the upper planes and no more where a threshold leaves few', async () => {
    const { cache, read } = newCache();
    let before = 0;
    const scanner = open(cache);
    cache.loadAhead = async () => {
      before = read.bytes;
    };
    const { found, selected } = await search(scanner, 100, 0.6);
    expect(found).toEqual(truth(100, 0.6));
    expect(found.length).toBeGreaterThan(10);
    expect(selected).toBeLessThanOrEqual(FEW);
    expect(Math.abs(before - upper())).toBeLessThanOrEqual(256);
    expect(before / total()).toBeLessThan(0.6);
  });

  it('reads the lower planes as well where it has to', async () => {
    const { cache, read } = newCache();
    for (const [limit, minCosine] of [
      [10, -1],
      [4096, 0],
    ] as const) {
      expect((await search(open(cache), limit, minCosine)).found).toEqual(truth(limit, minCosine));
    }
    expect(Math.abs(read.bytes - total())).toBeLessThanOrEqual(256);
  });

  it('leaves it to the next search to have both planes', async () => {
    const { cache, read } = newCache();
    const scanner = open(cache);
    await search(scanner, 100, 0.6);
    await cache.loadAhead(references);
    expect(Math.abs(read.bytes - total())).toBeLessThanOrEqual(256);
    const { found, selected } = await search(scanner, 100, 0.6);
    expect(found).toEqual(truth(100, 0.6));
    expect(selected).toBeLessThanOrEqual(found.length + 5);
    expect(Math.abs(read.bytes - total())).toBeLessThanOrEqual(256);
  });
});
