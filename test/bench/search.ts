/**
 * How fast one thread searches, how much it finds, and what it needs for that: this repository and others
 * on the same vectors, at random and clustered like faces.
 *
 * `npm run bench:search`
 *
 * Times are of the ten nearest, the exact comparison at the end with them. `all` is the share that is
 * found of everything above a threshold, up to 4096. Bandwidth is bytes read a second: of a memcpy the
 * bytes copied, not their double; of a scan the codes.
 */
import { freemem } from 'node:os';
import { command, flag, list, runScript } from '../../infra/commands/cli/index.ts';
import { type Data, DIMENSION, type Kind, makeData } from './search/data.ts';
import type { Engine } from './search/engine.ts';
import { HOW_TO_GET_OTHERS, OTHERS } from './search/others.ts';
import { loadOurs } from './search/ours.ts';
import { computeTruth, MOST, recall, TOP, type Truth } from './search/truth.ts';

const SIZES = [10_000, 100_000, 1_000_000];
const KINDS: readonly Kind[] = ['random', 'clustered'];
/** Searches are timed until there are this many of them or this many milliseconds have gone. */
const MOST_RUNS = 200;
const MOST_MS = 5000;
/** Vectors, shards in memory and in S3, and what is made of them on the way. */
const BYTES_PER_VECTOR = 2 * DIMENSION * Float32Array.BYTES_PER_ELEMENT;

const GIGA = 1e9;

async function main(sizes: readonly number[], full: boolean): Promise<void> {
  console.log(
    `| vectors | data | engine | fastest ms | p50 ms | p99 ms | top ${TOP} | all | MB | build s |`,
  );
  console.log('|---|---|---|---|---|---|---|---|---|---|');
  const notes: string[] = [];
  for (const count of sizes) {
    if (count * BYTES_PER_VECTOR > freemem()) {
      notes.push(`${count} vectors need more memory than is free.`);
      continue;
    }
    for (const kind of KINDS) notes.push(...(await compare(makeData(kind, count), full)));
  }
  console.log(`\n${[...new Set(notes)].join('\n')}`);
}

/** @returns what there is to say below the table */
async function compare(data: Data, full: boolean): Promise<string[]> {
  const label = `${data.count} ${data.kind}`;
  const truth = computeTruth(data);
  const notes: string[] = [];
  const start = performance.now();
  const { engine, loadRate, parseRate } = await loadOurs(data);
  const bandwidth = copyBandwidth();
  const ours = await print('Recollect', data, engine, truth, performance.now() - start);
  const rate = (data.count * DIMENSION * 1000) / ours;
  notes.push(
    `${label}: ${(rate / GIGA).toFixed(1)} GB/s, ${(rate / bandwidth).toFixed(2)} of a memcpy (${(bandwidth / GIGA).toFixed(1)} GB/s); load from S3 on this machine ${(loadRate / GIGA).toFixed(2)} GB/s, of bytes in memory ${(parseRate / GIGA).toFixed(1)} GB/s`,
  );
  for (const { name, affordable = Number.POSITIVE_INFINITY, build } of OTHERS) {
    if (data.count > affordable && !full) {
      notes.push(`${label}: ${name} is left out, its build takes long (--full)`);
      continue;
    }
    try {
      const began = performance.now();
      const other = await build(data);
      const p50 = await print(name, data, other, truth, performance.now() - began);
      notes.push(`${label}: ${name} takes ${(p50 / ours).toFixed(1)} times as long`);
    } catch (error) {
      notes.push(`${label}: ${name} is not available: ${String(error).split('\n')[0]}`);
      notes.push(`What is not available comes with: ${HOW_TO_GET_OTHERS}`);
    }
  }
  return notes;
}

/** @returns the median, in milliseconds */
async function print(
  name: string,
  { kind, count, queries, minCosine }: Data,
  engine: Engine,
  truth: readonly Truth[],
  buildMs: number,
): Promise<number> {
  const nearest: number[][] = [];
  const above: number[][] = [];
  for (const [i, query] of queries.entries()) {
    nearest.push(await engine.nearest(query, TOP));
    above.push(await engine.above(query, minCosine, MOST, truth[i]?.above.size ?? 0));
  }
  const times: number[] = [];
  const end = performance.now() + MOST_MS;
  for (let i = 0; i < MOST_RUNS && performance.now() < end; i++) {
    const query = queries[i % queries.length] ?? new Float32Array(DIMENSION);
    const start = performance.now();
    await engine.nearest(query, TOP);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const quantile = (share: number) => times[Math.floor(share * times.length)] ?? Number.NaN;
  const cells = [
    count,
    kind,
    name,
    quantile(0).toFixed(2),
    quantile(0.5).toFixed(2),
    quantile(0.99).toFixed(2),
    recall(
      truth.map(({ best }) => best),
      nearest,
    ).toFixed(4),
    recall(
      truth.map(({ above: all }) => all),
      above,
    ).toFixed(4),
    Math.round(engine.bytes / 1e6),
    (buildMs / 1000).toFixed(1),
  ];
  console.log(`| ${cells.join(' | ')} |`);
  return quantile(0.5);
}

/** Bytes a second, of a copy that no cache holds; the median. */
function copyBandwidth(): number {
  const [from, to] = [new Uint8Array(192_000_000).fill(1), new Uint8Array(192_000_000).fill(2)];
  const times = Array.from({ length: 21 }, () => {
    const start = performance.now();
    to.set(from);
    return performance.now() - start;
  }).sort((a, b) => a - b);
  return (from.length * 1000) / (times[10] ?? Number.NaN);
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
      full: flag({ help: 'with the libraries that take long to build' }),
    },
    run: async ({ options: { sizes, full } }) => {
      await main(sizes.length === 0 ? SIZES : sizes.map(Number), full);
      return 0;
    },
  }),
);
