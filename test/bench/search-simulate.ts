/**
 * `npm run bench:search:simulate`: what a search of millions of faces takes on AWS, and costs.
 *
 * The coordinator, its retries and its assignment of shards are those of the service, the sizes of the shards
 * those that folds leave. Functions and S3 are simulated under a virtual clock, with these speeds, each of
 * which can be set (`--bandwidth=50`):
 *
 * - `bandwidth` 60 MB/s from S3 to one function; 400 to 700 Mbit/s are reported (50 to 87 MB/s)
 * - `first-byte` 30 ms; 15 to 60 ms are reported for objects in the same region
 * - `kernel` 10 GB/s over upper planes in memory on one processor (`npm run bench:search` measures this machine)
 * - `check` 1.5 GB/s for the CRC-32 of what was loaded
 * - `invoke` 12 ms to call a warm function, `cold-start` 400 ms (`npm run bench:coldstart`, and Lambda's own)
 * - `records` 20 ms of the coordinator for tail, manifest and the records of the matches
 *
 * Prices are list prices of us-east-1 from memory: arm64 0.0000133334 USD for a GB-second, 0.20 for a million
 * requests, 0.40 for a million reads from S3. API Gateway and DynamoDB come on top, as for any search.
 */
import { command, list, runScript } from '../../infra/commands/cli/index.ts';
import type { ShardReference } from '../../layers/records/index.ts';
import type { Scanner } from '../../layers/vectors/index.ts';
import { assign, FanOut, ScannersBusyError, sizeOf } from '../../layers/vectors/index.ts';
import { VirtualTime } from '../support/virtual-time.ts';
import { positive } from './folder.ts';
import type { CloudSpeed, Planes } from './simulate/cloud.ts';
import { SimulatedScanner, sizeOfPlanes } from './simulate/cloud.ts';
import { Levels } from './simulate/levels.ts';

const DIMENSIONS = [192, 512];
const MILLIONS = [1, 2, 5, 10, 20];
const FUNCTIONS = [1, 8, 16, 32];
const FOLD_AT = 500;
const MIB = 1024 * 1024;
/** As functions/lambda/scan.ts has it. */
const CACHE_SHARE = 0.7;
/** As layers/vectors/store.ts has it. */
const RANGE_BYTES = 8 * MIB;
const USD = { gbSecond: 0.0000133334, request: 0.2e-6, read: 0.4e-6 } as const;

interface Settings {
  readonly speed: CloudSpeed;
  /** Milliseconds of the coordinator for tail, manifest and records. */
  readonly recordsMs: number;
  /** MB of each function. */
  readonly memory: number;
}

interface Outcome {
  readonly milliseconds: number;
  /** Of a thousand such searches. */
  readonly usd: number;
}

/** One search, from the coordinator's point of view. */
async function search(
  { recordsMs, memory }: Settings,
  scanner: Scanner,
  environments: readonly SimulatedScanner[],
  shards: readonly ShardReference[],
  time: VirtualTime,
): Promise<Outcome | Error> {
  for (const environment of environments) {
    environment.milliseconds = 0;
    environment.loadedBytes = 0;
  }
  const began = time.clock();
  try {
    await time.run(async () => {
      await time.sleep(recordsMs);
      const selector = await scanner.open(new Float32Array(1), [], shards);
      return selector.select({ limit: 100, minCosine: 0.3, known: new Map() });
    });
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  const milliseconds = time.clock() - began;
  const asked = environments.filter((one) => one.milliseconds > 0);
  const billed = milliseconds + asked.reduce((sum, one) => sum + one.milliseconds, 0);
  const reads = asked.reduce((sum, one) => sum + Math.ceil(one.loadedBytes / RANGE_BYTES), 0);
  const usd =
    (billed / 1000) * (memory / 1024) * USD.gbSecond +
    (asked.length + 1) * USD.request +
    reads * USD.read;
  return { milliseconds, usd: 1000 * usd };
}

async function simulate(
  settings: Settings,
  shards: readonly ShardReference[],
  count: number,
  planes: Planes,
) {
  const { speed, memory } = settings;
  const time = new VirtualTime();
  const environments = Array.from(
    { length: count },
    () => new SimulatedScanner(time, speed, CACHE_SHARE * memory * MIB, planes),
  );
  const functions = environments.map(({ scan }) => scan);
  const scanner = new FanOut({
    functions,
    clock: time.clock,
    sleep: time.sleep,
    random: () => 0.5,
  });
  const once = () => search(settings, scanner, environments, shards, time);
  return { cold: await once(), warm: await once() };
}

/** The share of the bytes that the next fold sends to another function, on average. */
function moved(levels: Levels, count: number): number {
  const folds = 400;
  let bytes = 0;
  let before = holders(levels.shards, count);
  for (let i = 0; i < folds; i++) {
    levels.fold(FOLD_AT);
    const after = holders(levels.shards, count);
    for (const { key, bytes: size } of levels.shards) {
      if (before.has(key) && before.get(key) !== after.get(key)) bytes += size;
    }
    before = after;
  }
  return bytes / folds / sizeOf(levels.shards);
}

function holders(shards: readonly ShardReference[], count: number): Map<string, number> {
  return new Map(
    assign(shards, count).flatMap((held, index) => held.map(({ key }) => [key, index] as const)),
  );
}

function show(outcome: Outcome | Error): string[] {
  if (outcome instanceof ScannersBusyError) return ['too slow', ''];
  if (outcome instanceof Error) throw outcome;
  return [`${Math.round(outcome.milliseconds)}`, outcome.usd.toFixed(4)];
}

const print = (...cells: readonly (string | number)[]) =>
  console.log(cells.map((cell, i) => String(cell).padStart(i === 0 ? 5 : 10)).join(''));

async function main(settings: Settings, millions: readonly number[]): Promise<void> {
  const { memory } = settings;
  const room = CACHE_SHARE * memory * MIB;
  console.log(`Functions of ${memory} MB; times in ms, costs in USD for 1,000 searches`);
  for (const dimension of DIMENSIONS) {
    console.log(`\n${dimension} dimensions`);
    const first = ['faces', 'shards', 'MB', 'functions', 'MB of one', 'upper MB', 'fits'];
    print(...first, 'cold', 'cost', 'cold all', 'cost', 'warm', 'cost', 'moved');
    for (const size of millions) {
      const levels = new Levels(dimension).grow(size * 1e6, FOLD_AT);
      const { shards } = levels;
      for (const count of FUNCTIONS) {
        const parts = assign(shards, count);
        const most = Math.max(...parts.map(sizeOf));
        const upper = Math.max(...parts.map((part) => sizeOfPlanes(part, 'upper')));
        const few = await simulate(settings, shards, count, 'upper');
        const all = await simulate(settings, shards, count, 'both');
        print(
          `${size}M`,
          shards.length,
          Math.round(sizeOf(shards) / 1e6),
          count,
          Math.round(most / 1e6),
          Math.round(upper / 1e6),
          most <= room ? 'yes' : upper <= room ? 'upper' : 'no',
          ...show(few.cold),
          ...show(all.cold),
          ...show(all.warm),
          `${(100 * moved(new Levels(dimension).grow(size * 1e6, FOLD_AT), count)).toFixed(2)}%`,
        );
      }
    }
  }
  console.log(
    '\nCold: no function has an environment or a shard. A threshold that leaves few vectors takes the upper planes' +
      '\nalone; `cold all` is a search without one, which takes both. `fits` says which planes of its share one' +
      '\nfunction holds: those that do not are loaded for each search anew. Too slow: a search ends after 24' +
      '\nseconds, with the advice to try again. A search beside another one may be served by another environment' +
      '\nof the same functions, which is cold once. `moved`: of the bytes, those that the next fold sends to' +
      '\nanother function, on average.',
  );
}

await runScript(
  command({
    name: 'bench:search:simulate',
    summary: 'estimates what a search of millions of faces takes on AWS, and costs',
    options: {
      bandwidth: positive('MB/s from S3 to one function', 60),
      'first-byte': positive('ms until S3 begins to answer', 30),
      kernel: positive('GB/s over codes in memory', 10),
      check: positive('GB/s for the CRC-32 of what was loaded', 1.5),
      invoke: positive('ms to call a warm function', 12),
      'cold-start': positive('ms until a new function runs', 400),
      records: positive('ms for tail, manifest and records', 20),
      memory: positive('MB of each function', 1769),
      faces: list({
        placeholder: 'N,N',
        help: `millions of faces; ${MILLIONS.join(',')} without it`,
        problem: (size) =>
          Number(size) > 0 ? undefined : `Millions of faces are a number over 0, not "${size}".`,
      }),
    },
    run: async ({ options }) => {
      const speed = {
        bandwidth: options.bandwidth * 1e6,
        firstByte: options['first-byte'],
        kernel: options.kernel * 1e9,
        check: options.check * 1e9,
        invoke: options.invoke,
        coldStart: options['cold-start'],
      };
      const millions = options.faces.length === 0 ? MILLIONS : options.faces.map(Number);
      await main({ speed, recordsMs: options.records, memory: options.memory }, millions);
      return 0;
    },
  }),
);
