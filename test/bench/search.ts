/**
 * How fast one thread searches, how much it finds, and what it needs for that: this repository and others
 * on the same vectors, at random and clustered like faces.
 *
 * `npm run bench:search`
 *
 * Times are medians, of the ten nearest of all and of what reaches a similarity of 80, 99 and 0, up to 4096 of
 * them; the exact comparison at the end is in them. `found` are the shares of each that were found. `of memcpy` is
 * the fastest search for the ten nearest by the fastest memcpy of 512 MB, which is a byte for each value of a million
 * vectors of 512 dimensions. They take turns, so that both have the same machine; and on one that others use too, the
 * fastest of either say most.
 */
import { existsSync } from 'node:fs';
import { freemem } from 'node:os';
import { command, flag, list, runScript } from '../../infra/commands/cli/index.ts';
import { positive } from './folder.ts';
import { type Data, type Kind, makeData, THRESHOLDS } from './search/data.ts';
import type { Engine } from './search/engine.ts';
import { HOW_TO_GET_OTHERS, OTHERS } from './search/others.ts';
import { loadOurs } from './search/ours.ts';
import { computeTruth, MOST, recall, TOP, type Truth } from './search/truth.ts';

const SIZES = [100_000, 1_000_000];
const KINDS: readonly Kind[] = ['random', 'clustered'];
/** Searches are timed until there are this many of them or this many milliseconds have gone. */
const MOST_RUNS = 100;
const MOST_MS = 2000;
/** Vectors, shards in memory and in S3, and what is made of them on the way. */
const MEMORY_RATIO = 2;

const COPIED_BYTES = 512_000_000;
/** A copy after so many searches. */
const SEARCHES_A_COPY = 5;

async function main(sizes: readonly number[], dimension: number, full: boolean): Promise<void> {
  const columns = [
    'vectors',
    'data',
    'engine',
    `top ${TOP}, ms`,
    'fastest',
    'of memcpy',
    ...THRESHOLDS.map((threshold) => `from ${threshold}, ms`),
    `found of top ${TOP}`,
    ...THRESHOLDS.map((threshold) => `found from ${threshold}`),
    'MB',
    'build s',
  ];
  console.log(`${dimension} dimensions, one thread\n\n| ${columns.join(' | ')} |`);
  console.log(`|${'---|'.repeat(columns.length)}`);
  const notes: string[] = [];
  for (const count of sizes) {
    if (count * dimension * Float32Array.BYTES_PER_ELEMENT * MEMORY_RATIO > freemem()) {
      notes.push(`${count} vectors need more memory than is free.`);
      continue;
    }
    for (const kind of KINDS)
      notes.push(...(await compare(makeData(kind, count, dimension), full)));
  }
  console.log(`\n${[...new Set(notes)].join('\n')}`);
}

/** @returns what there is to say below the table */
async function compare(data: Data, full: boolean): Promise<string[]> {
  const label = `${data.count} ${data.kind}`;
  const truth = computeTruth(data);
  const notes: string[] = [];
  const start = performance.now();
  const { engine, bytes, first } = await loadOurs(data);
  const buildMs = performance.now() - start;
  const copies = new Copies();
  const ours = await print('Recollect', data, engine, truth, copies, buildMs);
  const copy = copies.fastest;
  const megabytes = (count: number) => `${(count / 1e6).toFixed(0)} MB`;
  const share = (loaded: number) => `${megabytes(loaded)} (${(loaded / bytes).toFixed(2)})`;
  notes.push(
    `${label}: a memcpy of 512 MB takes ${copy.toFixed(1)} ms (${(COPIED_BYTES / copy / 1e6).toFixed(1)} GB/s)`,
    `${label}: of ${megabytes(bytes)} in S3, ${share(first.threshold.loaded)} are loaded before the first answer from a similarity of 80 (${first.threshold.milliseconds.toFixed(0)} ms on this machine), ${share(first.best.loaded)} before that of the ${TOP} nearest (${first.best.milliseconds.toFixed(0)} ms)`,
  );
  for (const { name, affordable = Number.POSITIVE_INFINITY, kept, build } of OTHERS) {
    const isKept = kept !== undefined && existsSync(kept(data));
    if (data.count > affordable && !full && !isKept) {
      notes.push(`${label}: ${name} is left out, its build takes long (--full; it is kept)`);
      continue;
    }
    try {
      const began = performance.now();
      const other = await build(data);
      const p50 = await print(name, data, other, truth, copies, performance.now() - began);
      notes.push(`${label}: ${name} takes ${(p50 / ours).toFixed(1)} times as long`);
    } catch (error) {
      notes.push(`${label}: ${name} is not available: ${String(error).split('\n')[0]}`);
      notes.push(`What is not available comes with: ${HOW_TO_GET_OTHERS}`);
    }
  }
  return notes;
}

/** @returns the median for the nearest, in milliseconds */
async function print(
  name: string,
  { kind, count, queries, minCosine }: Data,
  engine: Engine,
  truth: readonly Truth[],
  copies: Copies,
  buildMs: number,
): Promise<number> {
  copies.begin();
  const nearest = await measured(
    queries,
    (query) => engine.nearest(query, TOP),
    (run) => run % SEARCHES_A_COPY === 0 && copies.take(),
  );
  const copy = copies.fastest;
  const above: Measured[] = [];
  for (const threshold of THRESHOLDS) {
    const bar = minCosine[threshold];
    above.push(
      await measured(queries, (query, i) =>
        engine.above(query, bar, MOST, truth[i]?.above[threshold].size ?? 0),
      ),
    );
  }
  const share = (wanted: readonly ReadonlySet<number>[], found: readonly number[][]) =>
    recall(wanted, found).toFixed(4);
  const cells = [
    count,
    kind,
    name,
    nearest.ms.toFixed(2),
    nearest.fastest.toFixed(2),
    (nearest.fastest / copy).toFixed(2),
    ...above.map(({ ms }) => ms.toFixed(2)),
    share(
      truth.map(({ best }) => best),
      nearest.found,
    ),
    ...THRESHOLDS.map((threshold, i) =>
      share(
        truth.map((one) => one.above[threshold]),
        above[i]?.found ?? [],
      ),
    ),
    Math.round(engine.bytes / 1e6),
    (buildMs / 1000).toFixed(1),
  ];
  console.log(`| ${cells.join(' | ')} |`);
  return nearest.ms;
}

interface Measured {
  /** The median. */
  readonly ms: number;
  readonly fastest: number;
  readonly found: number[][];
}

/** What each query finds, and what a search takes. @param between is called before each, and not timed */
async function measured(
  queries: readonly Float32Array[],
  search: (query: Float32Array, i: number) => number[] | Promise<number[]>,
  between: (run: number) => unknown = () => undefined,
): Promise<Measured> {
  const found: number[][] = [];
  const times: number[] = [];
  const end = performance.now() + MOST_MS;
  for (let run = 0; run < queries.length || (run < MOST_RUNS && performance.now() < end); run++) {
    const i = run % queries.length;
    between(run);
    const start = performance.now();
    found[i] = await search(queries[i] ?? new Float32Array(), i);
    times.push(performance.now() - start);
  }
  return { ms: median(times), fastest: Math.min(...times), found };
}

/** Copies of what no cache holds. */
class Copies {
  readonly #from = new Uint8Array(COPIED_BYTES).fill(1);
  readonly #to = new Uint8Array(COPIED_BYTES).fill(2);
  #fastest = Number.POSITIVE_INFINITY;

  begin(): void {
    this.#fastest = Number.POSITIVE_INFINITY;
  }

  take(): void {
    const start = performance.now();
    this.#to.set(this.#from);
    this.#fastest = Math.min(this.#fastest, performance.now() - start);
  }

  /** In milliseconds, since it last began. */
  get fastest(): number {
    return this.#fastest;
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

await runScript(
  command({
    name: 'bench:search',
    summary: 'measures how fast one thread searches, beside other libraries',
    options: {
      sizes: list({
        placeholder: 'N,N',
        help: `numbers of vectors; ${SIZES.join(',')} without it`,
        problem: (size) =>
          Number.isSafeInteger(Number(size)) && Number(size) >= TOP
            ? undefined
            : `A size is a whole number from ${TOP} on, not "${size}".`,
      }),
      dimension: positive('numbers of a vector', 512),
      full: flag({ help: 'with what takes long to build; a graph is kept for the next time' }),
    },
    run: async ({ options: { sizes, dimension, full } }) => {
      await main(sizes.length === 0 ? SIZES : sizes.map(Number), dimension, full);
      return 0;
    },
  }),
);
