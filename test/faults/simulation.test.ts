/**
 * The guarantees, under every order of events that chance comes upon: an acknowledged face is found until
 * it is deleted, a deleted one is in no answer, counts are exact, users and faces agree, no shard that is
 * in use is collected, and nothing is left behind.
 *
 * Most lives are lived over services in memory. The first ones are lived over sockets as well, with the
 * same outcome, line by line: so far the services in memory are like the local ones, which the tests in
 * ../conformance/ compare with AWS's.
 *
 * RECOLLECT_SEEDS says which lives are lived: `1000` the first thousand, as `npm run test:faults` has it, `17-17`
 * only the seventeenth.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryDatabase } from '../support/memory/database.ts';
import { memoryStore } from '../support/memory/store.ts';
import { openDatabase, openStore, type TestDatabase, type TestStore } from '../support/tables.ts';
import { rounds, sampled } from '../support/thorough.ts';
import type { Mutant } from './cloud.ts';
import { MUTANTS } from './mutants.ts';
import { simulate } from './simulation.ts';
import { Violation } from './workload.ts';

const [first, last] = seeds(process.env['RECOLLECT_SEEDS'] ?? '10');

/** So many seeds make one test. */
const BATCH = 100;
/** So many are lived over sockets, too. */
const OVER_SOCKETS = rounds(1, 4);
/** Of a machine that has much else to do. */
const BATCH_TIMEOUT_MS = 120_000;

const memory = [memoryDatabase(), memoryStore()] as const;

it('repeats itself', async () => {
  expect(await simulate(first, ...memory)).toEqual(await simulate(first, ...memory));
});

it.each(batches())(
  'keeps the guarantees: seeds %i to %i',
  { timeout: BATCH_TIMEOUT_MS },
  async (from, to) => {
    for (let seed = from; seed <= to; seed++) await simulate(seed, ...memory);
  },
);

describe('over sockets', () => {
  let database: TestDatabase;
  let store: TestStore;
  beforeAll(async () => {
    database = await openDatabase();
    store = await openStore();
  });
  afterAll(async () => {
    await database.close();
    await store.close();
  });

  it('the same happens', { timeout: BATCH_TIMEOUT_MS }, async () => {
    for (let seed = first; seed <= Math.min(last, first + OVER_SOCKETS - 1); seed++) {
      const trace = await simulate(seed, database, store);
      expect(trace).toEqual(await simulate(seed, ...memory));
    }
  });
});

describe('a bug that was put in on purpose is found:', () => {
  it.each(sampled(Object.entries(MUTANTS), 3))(
    '%s',
    { timeout: BATCH_TIMEOUT_MS },
    async (_, mutant) => {
      const found = await firstViolation(mutant);
      expect(found).toBeInstanceOf(Violation);
      // A face or a shard is lost: not merely that the mutant cannot run.
      expect(String(found)).toMatch(
        /found no face|other (faces|users)|There is no shard|in use was deleted/,
      );
    },
  );
});

/** What the first thousand lives find, whichever seeds are asked for. */
async function firstViolation(mutant: Mutant): Promise<unknown> {
  for (let seed = 1; seed <= 1000; seed++) {
    try {
      await simulate(seed, ...memory, mutant);
    } catch (error) {
      return error;
    }
  }
  return undefined;
}

function seeds(text: string): [number, number] {
  const [, from, to] = /^(?:(\d+)-)?(\d+)$/.exec(text) ?? [];
  if (to === undefined) throw new RangeError(`RECOLLECT_SEEDS must be like 1000 or 17-20: ${text}`);
  return [Number(from ?? 1), Number(to)];
}

function batches(): [number, number][] {
  return Array.from({ length: Math.ceil((last - first + 1) / BATCH) }, (_, i) => {
    const from = first + i * BATCH;
    return [from, Math.min(from + BATCH - 1, last)];
  });
}
