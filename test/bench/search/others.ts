/**
 * What others do: a loop in JavaScript, usearch and hnswlib. The two packages are no dependency of this
 * repository; they are looked for in `.cache/bench-search`.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Data, DIMENSION, row } from './data.ts';
import type { Contestant, Engine } from './engine.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../../.cache/bench-search');
export const HOW_TO_GET_OTHERS = `mkdir -p .cache/bench-search && cd .cache/bench-search && npm init -y && npm install --ignore-scripts=false usearch@2.26.2 hnswlib-node@3.0.0`;

/** What is used of usearch. */
interface Usearch {
  exactSearch(
    dataset: Float32Array | Int8Array,
    query: Float32Array | Int8Array,
    dimension: number,
    count: number,
    metric: 'ip' | 'cos',
    threads: number,
  ): { readonly keys: BigUint64Array };
  readonly Index: new (
    options: Readonly<Record<string, unknown>>,
  ) => {
    add(keys: BigUint64Array, vectors: Float32Array, threads: number): void;
    search(query: Float32Array, count: number, threads: number): { readonly keys: BigUint64Array };
  };
}

/** What is used of hnswlib-node. */
interface Hnswlib {
  readonly HierarchicalNSW: new (
    space: 'ip',
    dimension: number,
  ) => {
    initIndex(size: number, links: number, effort: number): void;
    addPoint(vector: number[], label: number): void;
    setEf(effort: number): void;
    searchKnn(query: number[], count: number): { readonly neighbors: number[] };
  };
}

/** @throws Error if it is not there or does not run on this machine */
const load = <T>(name: string): T => createRequire(path.join(FOLDER, 'package.json'))(name) as T;

const HNSW = { links: 16, effort: 128, searchEffort: 64 } as const;
const HNSW_AFFORDABLE = 100_000;

/** One that only knows how to find the nearest. */
function byCount(bytes: number, nearest: Engine['nearest']): Engine {
  return {
    bytes,
    nearest,
    above: (query, _, most, expected) => nearest(query, Math.max(1, Math.min(most, expected))),
  };
}

const keys = (found: { readonly keys: BigUint64Array }) => Array.from(found.keys, Number);

export const OTHERS: readonly Contestant[] = [
  {
    name: 'JavaScript loop, float32',
    async build({ vectors, count }) {
      const products = new Float32Array(count);
      const compute = (query: Float32Array) => {
        for (let i = 0; i < count; i++) products[i] = plainProduct(vectors, i * DIMENSION, query);
      };
      return {
        bytes: vectors.byteLength,
        nearest(query, wanted) {
          compute(query);
          return largestRows(products, wanted);
        },
        above(query, minCosine) {
          compute(query);
          return rowsFrom(products, minCosine);
        },
      };
    },
  },
  {
    name: 'usearch exact, float32',
    async build({ vectors }) {
      const { exactSearch } = load<Usearch>('usearch');
      return byCount(vectors.byteLength, (query, count) =>
        keys(exactSearch(vectors, query, DIMENSION, count, 'ip', 1)),
      );
    },
  },
  {
    name: 'usearch exact, int8',
    async build({ vectors }) {
      const { exactSearch } = load<Usearch>('usearch');
      const codes = toInt8(vectors);
      return byCount(codes.byteLength, (query, count) =>
        keys(exactSearch(codes, toInt8(query), DIMENSION, count, 'cos', 1)),
      );
    },
  },
  {
    name: 'usearch HNSW, float32',
    affordable: HNSW_AFFORDABLE,
    async build({ vectors, count }) {
      const { Index } = load<Usearch>('usearch');
      const before = process.memoryUsage.rss();
      const index = new Index({
        dimensions: DIMENSION,
        metric: 'ip',
        quantization: 'f32',
        connectivity: HNSW.links,
        expansion_add: HNSW.effort,
        expansion_search: HNSW.searchEffort,
        multi: false,
      });
      index.add(
        BigUint64Array.from({ length: count }, (_, i) => BigInt(i)),
        vectors,
        1,
      );
      return byCount(process.memoryUsage.rss() - before, (query, wanted) =>
        keys(index.search(query, wanted, 1)),
      );
    },
  },
  {
    name: 'hnswlib HNSW, float32',
    affordable: HNSW_AFFORDABLE,
    async build({ vectors, count }: Data) {
      const { HierarchicalNSW } = load<Hnswlib>('hnswlib-node');
      const before = process.memoryUsage.rss();
      const index = new HierarchicalNSW('ip', DIMENSION);
      index.initIndex(count, HNSW.links, HNSW.effort);
      for (let i = 0; i < count; i++) index.addPoint([...row(vectors, i)], i);
      return byCount(process.memoryUsage.rss() - before, (query, wanted) => {
        index.setEf(Math.max(HNSW.searchEffort, wanted));
        return index.searchKnn([...query], wanted).neighbors;
      });
    },
  },
];

function plainProduct(vectors: Float32Array, start: number, query: Float32Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < DIMENSION; i += 4) {
    a += vectors[start + i]! * query[i]!;
    b += vectors[start + i + 1]! * query[i + 1]!;
    c += vectors[start + i + 2]! * query[i + 2]!;
    d += vectors[start + i + 3]! * query[i + 3]!;
  }
  return a + b + c + d;
}

/** Kept in order while going over all: few of many are ever among the best. */
function largestRows(products: Float32Array, wanted: number): number[] {
  const rows: number[] = [];
  let bar = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < products.length; i++) {
    if (products[i]! <= bar) continue;
    let at = rows.length;
    while (at > 0 && products[rows[at - 1]!]! < products[i]!) at--;
    rows.splice(at, 0, i);
    if (rows.length > wanted) rows.pop();
    if (rows.length === wanted) bar = products[rows[wanted - 1]!]!;
  }
  return rows;
}

function rowsFrom(products: Float32Array, bar: number): number[] {
  const rows: number[] = [];
  for (let i = 0; i < products.length; i++) if ((products[i] ?? -1) >= bar) rows.push(i);
  return rows;
}

/** With one scale for all, as usearch has none of its own for int8. */
function toInt8(vectors: Float32Array): Int8Array {
  let largest = 0;
  for (const value of vectors) largest = Math.max(largest, Math.abs(value));
  const codes = new Int8Array(vectors.length);
  for (let i = 0; i < vectors.length; i++) {
    codes[i] = Math.round(((vectors[i] ?? 0) / largest) * 127);
  }
  return codes;
}
