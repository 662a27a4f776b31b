/**
 * `npm run bench:search:api`: SearchFaces over HTTP in a large collection,
 * as `npm start` serves it, and where its time goes.
 *
 * The service runs in a process of its own, over a data folder that the first run fills (`.cache/`; two
 * minutes and 2.5 GB for a million). The steps are measured in this process, over the same folder, by the
 * same code without HTTP.
 */
import { availableParallelism } from 'node:os';
import { command, runScript } from '../../infra/commands/cli/index.ts';
import { ScanWorkers } from '../../infra/local/scan-workers.ts';
import type { Face } from '../../layers/records/index.ts';
import type { Scanner } from '../../layers/vectors/index.ts';
import {
  FanOut,
  LocalScanner,
  ShardCache,
  sizeOf,
  VectorIndex,
} from '../../layers/vectors/index.ts';
import { Random } from '../support/random.ts';
import { type Server, startServer } from '../support/server.ts';
import { COLLECTION, idOf, loaded, openFolder } from './api/loader.ts';
import { positive } from './folder.ts';

const RESTARTS = 3;
const MIB = 1024 * 1024;
const CACHE_BYTES = 4096 * MIB;

/** What is asked: as many as there are above the default threshold, or the ten best. */
const KINDS = {
  'MaxFaces 10': { MaxFaces: 10 },
  'no MaxFaces (4096)': {},
  '4096 of all, threshold 0': { FaceMatchThreshold: 0 },
} as const;

async function main({ faces, queries }: { faces: number; queries: number }): Promise<void> {
  const began = performance.now();
  const folder = await loaded(faces);
  console.log(
    `${faces} faces in ${folder}, ready after ${((performance.now() - began) / 1000).toFixed(0)} s`,
  );
  const random = new Random(faces);
  const anyFace = () => idOf(1 + random.below(faces - 1));

  const first: number[] = [];
  for (let restart = 0; restart < RESTARTS; restart++) {
    const server = await startServer(folder);
    first.push(await timed(() => searchFaces(server, { FaceId: anyFace(), MaxFaces: 10 })));
    await server.stop('SIGINT');
  }
  console.log(`\nFirst query after a restart, ms: ${first.map((ms) => ms.toFixed(0)).join(', ')}`);

  const server = await startServer(folder);
  console.log('\nWarm, over HTTP, ms             p50     p90     p99  matches (median)');
  try {
    for (const [name, input] of Object.entries(KINDS)) {
      const count = name.includes('threshold 0') ? Math.ceil(queries / 10) : queries;
      const times: number[] = [];
      const matches: number[] = [];
      for (let i = 0; i < count + 5; i++) {
        const FaceId = anyFace();
        let found = 0;
        const time = await timed(async () => {
          found = await searchFaces(server, { FaceId, ...input });
        });
        if (i < 5) continue;
        times.push(time);
        matches.push(found);
      }
      const cells = [0.5, 0.9, 0.99].map((share) => quantile(times, share).toFixed(1).padStart(7));
      console.log(name.padEnd(26), ...cells, String(quantile(matches, 0.5)).padStart(8));
    }
  } finally {
    await server.stop('SIGINT');
  }
  for (const threads of [false, true]) await printSteps(folder, queries, anyFace, threads);
}

async function searchFaces({ endpoint }: Server, input: object): Promise<number> {
  const response = await fetch(`${endpoint}/SearchFaces`, {
    method: 'POST',
    body: JSON.stringify({ CollectionId: COLLECTION, ...input }),
  });
  const body = (await response.json()) as { FaceMatches?: { Face: { FaceId: string } }[] };
  if (body.FaceMatches === undefined) throw new Error(JSON.stringify(body));
  return body.FaceMatches.length;
}

/** Where the time of a search goes, without HTTP, in this process or with threads that scan. */
async function printSteps(
  folder: string,
  queries: number,
  anyFace: () => string,
  threads: boolean,
): Promise<void> {
  const { records, store, workerSettings, close } = await openFolder(folder);
  const workers = new ScanWorkers(availableParallelism(), {
    ...workerSettings,
    cacheBytes: CACHE_BYTES,
  });
  try {
    const collection = await records.collections.get(COLLECTION);
    const steps = new Map<string, number[]>();
    const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      const start = performance.now();
      try {
        return await work();
      } finally {
        const all = steps.get(name) ?? [];
        steps.set(name, [...all, performance.now() - start]);
      }
    };
    const measured = threads
      ? new FanOut({ functions: workers.functions })
      : new LocalScanner(new ShardCache(store, CACHE_BYTES));
    const scanner: Scanner = {
      async open(query, recent, folded) {
        const selector = await step('load shards', () => measured.open(query, recent, folded));
        const select = selector.select.bind(selector);
        selector.select = (selection) => step('scan', () => select(selection));
        return selector;
      },
    };
    const index = new VectorIndex<Face>({
      index: 'faces',
      scanner,
      restore: async () => undefined,
      records: {
        tail: Object.assign(Object.create(records.tail), {
          read: (...given: Parameters<typeof records.tail.read>) =>
            step('tail', () => records.tail.read(...given)),
        }),
        manifests: Object.assign(Object.create(records.manifests), {
          get: (...given: Parameters<typeof records.manifests.get>) =>
            step('manifest', () => records.manifests.get(...given)),
        }),
      },
      source: {
        getMany: (within, ids) => step('hydrate', () => records.faces.getMany(within, ids)),
        all: (within) => records.faces.all(within),
      },
    });
    const search = () =>
      step('whole search', async () => {
        const face = await step('the face itself', () => records.faces.get(collection, anyFace()));
        if (face === undefined) throw new Error('The collection is not as it was loaded.');
        const query = { vector: face.vector, limit: 10, minCosine: 0.3, exclude: face.id };
        return index.search(collection, query);
      });
    await search();
    const first = new Map([...steps].map(([name, times]) => [name, sum(times)]));
    for (let i = 0; i < 10; i++) await search();
    steps.clear();
    const before = process.cpuUsage();
    for (let i = 0; i < queries; i++) await search();
    const { user, system } = process.cpuUsage(before);
    const { shards } = await records.manifests.get(collection.generation, 'faces');
    console.log(
      `\nSteps, ms; ${shards.length} shards of ${(sizeOf(shards) / 1e6).toFixed(0)} MB, ` +
        `${threads ? `${availableParallelism()} threads` : 'no threads'}\n${''.padEnd(32)}   first     p50     p99`,
    );
    for (const [name, times] of steps) {
      // A search asks its selector twice or more: all of it counts for the search.
      const each = times.length / queries;
      const perSearch = Array.from({ length: queries }, (_, i) =>
        sum(times.slice(Math.round(i * each), Math.round((i + 1) * each))),
      );
      const cells = [first.get(name) ?? 0, quantile(perSearch, 0.5), quantile(perSearch, 0.99)];
      console.log(name.padEnd(32), ...cells.map((ms) => ms.toFixed(1).padStart(7)));
    }
    const cpu = (user + system) / 1000 / queries;
    console.log(
      `Processor time of a search, with the database in the same process: ${cpu.toFixed(1)} ms`,
    );
  } finally {
    await workers.close();
    await close();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

await runScript(
  command({
    name: 'bench:search:api',
    summary: 'measures SearchFaces over HTTP in a large collection, and where its time goes',
    description:
      'The first run fills a folder of .cache; two minutes and 2.5 GB for a million faces.',
    options: {
      faces: positive('faces in the collection', 1_000_000),
      queries: positive('searches of each kind', 200),
    },
    run: async ({ options }) => {
      await main(options);
      return 0;
    },
  }),
);
