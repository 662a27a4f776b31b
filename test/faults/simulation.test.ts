/**
 * The guarantees, under every order of events that chance comes upon: an acknowledged face is found until
 * it is deleted, a deleted one is in no answer, counts are exact, and nothing is left behind.
 *
 * RECOLLECT_SEEDS says which lives are lived: `1000` the first thousand, `17-17` only the seventeenth.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase, openStore, type TestDatabase, type TestStore } from '../support/tables.ts';
import { simulate } from './simulation.ts';

const [first, last] = seeds(process.env['RECOLLECT_SEEDS'] ?? '25');

/** So many seeds make one test. */
const BATCH = 5;
/** Of a machine that has much else to do. */
const BATCH_TIMEOUT_MS = 120_000;

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

it('repeats itself', { timeout: BATCH_TIMEOUT_MS }, async () => {
  expect(await simulate(first, database, store)).toEqual(await simulate(first, database, store));
});

it.each(batches())(
  'keeps the guarantees: seeds %i to %i',
  { timeout: BATCH_TIMEOUT_MS },
  async (from, to) => {
    for (let seed = from; seed <= to; seed++) await simulate(seed, database, store);
  },
);

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
