/**
 * What others do: a loop in JavaScript, and usearch, exact and by a graph (HNSW). The package is no dependency of
 * this repository; `npm run bench:search:usearch` fetches it into `.cache/bench-search`.
 */
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Data } from './data.ts';
import type { Contestant, Engine } from './engine.ts';

/** Where `npm run bench:search:usearch` puts it, and graphs are kept. */
export const OTHERS_FOLDER = path.resolve(import.meta.dirname, '../../../.cache/bench-search');
export const USEARCH = 'usearch@2.26.2';
export const HOW_TO_GET_OTHERS = 'npm run bench:search:usearch';

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
  readonly Index: new (options: Readonly<Record<string, unknown>>) => Graph;
}

interface Graph {
  size(): number | bigint;
  add(keys: BigUint64Array, vectors: Float32Array, threads: number): void;
  search(query: Float32Array, count: number, threads: number): { readonly keys: BigUint64Array };
  save(path: string): void;
  load(path: string): void;
}

/** @throws Error if it is not there or does not run on this machine */
const load = <T>(name: string): T =>
  createRequire(path.join(OTHERS_FOLDER, 'package.json'))(name) as T;

const HNSW = { links: 16, effort: 64, searchEffort: 64 } as const;
const HNSW_AFFORDABLE = 100_000;
const LOOP_AFFORDABLE = 100_000;
/** A graph grows by so many vectors between two lines of progress. */
const STEP = 50_000;

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
    affordable: LOOP_AFFORDABLE,
    async build({ vectors, count, dimension }) {
      const products = new Float32Array(count);
      const compute = (query: Float32Array) => {
        for (let i = 0; i < count; i++) products[i] = plainProduct(vectors, i * dimension, query);
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
    async build({ vectors, dimension }) {
      const { exactSearch } = load<Usearch>('usearch');
      return byCount(vectors.byteLength, (query, count) =>
        keys(exactSearch(vectors, query, dimension, count, 'ip', 1)),
      );
    },
  },
  {
    name: 'usearch exact, int8',
    async build({ vectors, dimension }) {
      const { exactSearch } = load<Usearch>('usearch');
      const codes = toInt8(vectors);
      return byCount(codes.byteLength, (query, count) =>
        keys(exactSearch(codes, toInt8(query), dimension, count, 'cos', 1)),
      );
    },
  },
  {
    name: 'usearch HNSW, int8',
    affordable: HNSW_AFFORDABLE,
    kept: graphFile,
    async build(data) {
      const { Index } = load<Usearch>('usearch');
      const before = process.memoryUsage.rss();
      const index = new Index({
        dimensions: data.dimension,
        metric: 'cos',
        quantization: 'i8',
        connectivity: HNSW.links,
        expansion_add: HNSW.effort,
        expansion_search: HNSW.searchEffort,
        multi: false,
      });
      const file = graphFile(data);
      if (existsSync(file)) index.load(file);
      else await grow(index, data, file);
      return byCount(process.memoryUsage.rss() - before, (query, wanted) =>
        keys(index.search(query, wanted, 1)),
      );
    },
  },
];

/** Adds what is missing, and keeps it under way too: a build that was interrupted goes on where it was. */
async function grow(graph: Graph, data: Data, file: string): Promise<void> {
  const { count, vectors, dimension } = data;
  const part = `${file}.part`;
  if (existsSync(part)) graph.load(part);
  for (let from = Number(graph.size()); from < count; from += STEP) {
    const to = Math.min(count, from + STEP);
    const numbers = BigUint64Array.from({ length: to - from }, (_, i) => BigInt(from + i));
    graph.add(numbers, vectors.subarray(from * dimension, to * dimension), 1);
    graph.save(part);
    console.error(`A graph of ${to} of ${count} vectors.`);
  }
  await rename(part, file);
}

function graphFile({ kind, count, dimension }: Data): string {
  return path.join(OTHERS_FOLDER, `${kind}-${count}-${dimension}.hnsw`);
}

function plainProduct(vectors: Float32Array, start: number, query: Float32Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < query.length; i += 4) {
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
