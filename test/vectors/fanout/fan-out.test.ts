/** Scanning by several functions: the answer of one, whatever happens to them, or an error. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScanFunction } from '../../../layers/vectors/index.ts';
import {
  FanOut,
  LocalScanner,
  ScanFailedError,
  ScannersBusyError,
  ShardCache,
} from '../../../layers/vectors/index.ts';
import { ShardCorruptError } from '../../../layers/vectors/shard.ts';
import { ShardMissingError } from '../../../layers/vectors/store.ts';
import { Random } from '../../support/random.ts';
import { VirtualTime } from '../../support/virtual-time.ts';
import {
  DIMENSION,
  reader,
  type Stored,
  scanFunction,
  search,
  store,
  stored,
  truth,
  type Wish,
  wish,
} from './shards.ts';

describe('a fan-out', () => {
  it('finds what one scan over all shards finds, and brute force over the records', async () => {
    await fc.assert(
      fc.asyncProperty(
        stored,
        wish,
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom(1, 2_000, 1_000_000),
        fc.constantFrom(1, 2, 7, 1000),
        async (data, wanted, count, cacheBytes, mostOfAnswer) => {
          const functions = Array.from({ length: count }, () =>
            scanFunction(data.objects, cacheBytes, { mostOfAnswer }),
          );
          const cache = new ShardCache(reader(data.objects), 1_000_000);
          const found = await search(new FanOut({ functions }), data, wanted);
          expect(found).toEqual(truth(data, wanted));
          expect(found).toEqual(await search(new LocalScanner(cache), data, wanted));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('gives the places of the deleted to others, over and over', async () => {
    const random = new Random(5);
    const faces = Array.from({ length: 900 }, () => ({
      id: random.uuid(),
      vector: random.unitVector(DIMENSION),
    }));
    const lists = Array.from({ length: 9 }, (_, i) => faces.slice(100 * i, 100 * (i + 1)));
    const query = random.unitVector(DIMENSION);
    const wanted = { query, limit: 20, minCosine: -1 };
    const all = store(lists, [], new Map(faces.map(({ id, vector }) => [id, vector])));
    const bar = truth(all, { ...wanted, limit: 700 }).at(-1) ?? 0;
    const living = faces.filter(
      ({ vector }) => vector.reduce((s, v, i) => s + v * (query[i] ?? 0), 0) < bar,
    );
    const data = store(lists, [], new Map(living.map(({ id, vector }) => [id, vector])));
    const functions = Array.from({ length: 3 }, () => scanFunction(data.objects));
    const found = await search(new FanOut({ functions }), data, wanted);
    expect(found).toHaveLength(20);
    expect(found).toEqual(truth(data, wanted));
  });

  it('finds the best among more equal vectors than an answer holds', async () => {
    const random = new Random(6);
    const query = random.unitVector(DIMENSION);
    const vector = random.unitVector(DIMENSION);
    const equal = Array.from({ length: 15_000 }, (_, i) => ({
      id: `${i.toString(16).padStart(8, '0')}-0000-5000-8000-000000000000`,
      vector,
    }));
    const better = { id: random.uuid(), vector: query };
    const faces = [...equal, better];
    const data = store([faces], [], new Map(faces.map(({ id, vector: own }) => [id, own])));
    let answers = 0;
    const scan = scanFunction(data.objects, 10_000_000, { mostOfAnswer: 14_000 });
    const functions: ScanFunction[] = [
      async (task, signal) => {
        answers++;
        return scan(task, signal);
      },
    ];
    const wanted = { query, limit: 3, minCosine: -1 };
    expect(await search(new FanOut({ functions }), data, wanted)).toEqual(truth(data, wanted));
    expect(answers).toBe(2);
  });

  it('asks no function that has nothing to scan', async () => {
    const data = store([], [], new Map());
    const never: ScanFunction = () => Promise.reject(new Error('Asked.'));
    const wanted = { query: new Random(1).unitVector(DIMENSION), limit: 1, minCosine: -1 };
    expect(await search(new FanOut({ functions: [never] }), data, wanted)).toEqual([]);
  });
});

/** What can happen to an attempt. */
const MISHAPS = ['none', 'dies', 'busy', 'hangs', 'other rows', 'other bar', 'garbage'] as const;
type Mishap = (typeof MISHAPS)[number];

/** A function that meets with the mishaps one after the other, then is well. */
function unlucky(scan: ScanFunction, mishaps: readonly Mishap[]): ScanFunction {
  let attempts = 0;
  return async (task, signal) => {
    const mishap = mishaps[attempts++] ?? 'none';
    if (mishap === 'dies') throw new Error('The process is gone.');
    if (mishap === 'busy') throw new ScannersBusyError();
    if (mishap === 'hangs') return new Promise(() => undefined);
    const answer = await scan(task, signal);
    if (mishap === 'other rows') return { ...answer, rows: answer.rows - 1, found: new Map() };
    if (mishap === 'other bar') return { ...answer, bar: 2, found: new Map() };
    if (mishap === 'garbage') return { rows: Number.NaN, bar: Number.NaN, found: new Map() };
    return answer;
  };
}

describe('functions that fail', () => {
  const random = new Random(6);
  const run = async (data: Stored, wanted: Wish, functions: readonly ScanFunction[]) => {
    const time = new VirtualTime();
    const { clock, sleep } = time;
    const scanner = new FanOut({ functions, clock, sleep, random: random.next });
    const outcome = await time
      .run(() => search(scanner, data, wanted))
      .catch((error: unknown) => error);
    return { outcome, milliseconds: clock() };
  };

  it('make a search slower or fail, never less than complete, and end within 29 seconds', async () => {
    const seen = { complete: 0, failed: 0 };
    await fc.assert(
      fc.asyncProperty(
        stored,
        wish,
        fc.array(fc.array(fc.constantFrom(...MISHAPS), { maxLength: 6 }), {
          minLength: 1,
          maxLength: 4,
        }),
        async (data, wanted, scripts) => {
          const functions = scripts.map((mishaps) => unlucky(scanFunction(data.objects), mishaps));
          const { outcome, milliseconds } = await run(data, wanted, functions);
          if (Array.isArray(outcome)) {
            expect(outcome).toEqual(truth(data, wanted));
            seen.complete++;
          } else {
            expect([ScannersBusyError, ScanFailedError]).toContain((outcome as Error).constructor);
            expect((outcome as Error).cause).toBeInstanceOf(Error);
            seen.failed++;
          }
          expect(milliseconds).toBeLessThan(29_000);
        },
      ),
      { numRuns: 400 },
    );
    expect(seen.complete).toBeGreaterThan(50);
    expect(seen.failed).toBeGreaterThan(10);
  });

  const face = { id: random.uuid(), vector: random.unitVector(DIMENSION) };
  const data = store([[face]], [], new Map([[face.id, face.vector]]));
  const wanted = { query: face.vector, limit: 3, minCosine: 0 };
  const scan = scanFunction(data.objects);

  it.each(MISHAPS)('once, do not fail the search (%s)', async (mishap) => {
    const { outcome } = await run(data, wanted, [unlucky(scan, [mishap])]);
    expect(outcome).toEqual(truth(data, wanted));
  });

  it('for good are replaced by another', async () => {
    const broken: ScanFunction = () => Promise.reject(new Error('Broken.'));
    for (const functions of [
      [broken, scan],
      [scan, broken],
    ]) {
      expect((await run(data, wanted, functions)).outcome).toEqual(truth(data, wanted));
    }
  });

  it.each([
    { mishap: 'dies', error: ScanFailedError },
    { mishap: 'garbage', error: ScanFailedError },
    { mishap: 'other rows', error: ScanFailedError },
    { mishap: 'busy', error: ScannersBusyError },
    { mishap: 'hangs', error: ScannersBusyError },
  ] as const)('again and again fail the search ($mishap)', async ({ mishap, error }) => {
    const { outcome } = await run(data, wanted, [unlucky(scan, Array(9).fill(mishap))]);
    expect(outcome).toBeInstanceOf(error);
  });

  it('give up nothing when a shard is lost or damaged: the records answer', async () => {
    const lost = store([[face]], [], data.records);
    lost.objects.clear();
    expect((await run(lost, wanted, [scanFunction(lost.objects)])).outcome).toBeInstanceOf(
      ShardMissingError,
    );
    const damaged = store([[face]], [], data.records);
    for (const bytes of damaged.objects.values()) bytes[70] = (bytes[70] ?? 0) ^ 1;
    const { outcome, milliseconds } = await run(damaged, wanted, [scanFunction(damaged.objects)]);
    expect(outcome).toBeInstanceOf(ShardCorruptError);
    expect(milliseconds).toBe(0);
  });

  it('are not waited for once the search has failed', async () => {
    const many = store(
      Array.from({ length: 20 }, () => [face]),
      [],
      data.records,
    );
    const given: AbortSignal[] = [];
    const hanging: ScanFunction = (_, signal) => {
      given.push(signal);
      return new Promise(() => undefined);
    };
    const losing: ScanFunction = () => Promise.reject(new ShardMissingError('Gone.'));
    const { outcome } = await run(many, wanted, [hanging, losing]);
    expect(outcome).toBeInstanceOf(ShardMissingError);
    expect(given.map(({ aborted }) => aborted)).toEqual([true]);
  });
});
