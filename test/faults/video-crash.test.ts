/**
 * A search of a video on machines that die before one of their calls, at points all over it, from Start to the
 * notification. Whenever it is, another machine comes to the same rows, once, and nothing is left of parts.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase, openStore, type TestDatabase, type TestStore } from '../support/tables.ts';
import { rounds } from '../support/thorough.ts';
import { clip, H264, numbered } from '../video/clips.ts';
import { CLIPS, Machine, openWorld, RESULTS, type World } from '../video/jobs.ts';

const CLIP = 'clip.mp4';
/** Calls come in pairs, of reading and writing: an odd step meets both. */
const STEP = rounds(11, 5);

let database: TestDatabase;
let store: TestStore;
let world: World;
beforeAll(async () => {
  [database, store] = [await openDatabase(), await openStore()];
  for (const bucket of [CLIPS, RESULTS]) await store.createBucket(bucket);
  world = await openWorld(database, store);
  const machine = new Machine(world);
  await machine.put(CLIP, await clip(numbered(20), [[...H264, '-g', '5']]));
  await machine.records.collections.create('people', '1.0', {});
});
afterAll(async () => {
  await world.decoder.close();
  await database.close();
  await store.close();
});

/** Begins a job with a token, as a client that asks again until it is answered, and works until nothing is to be done. */
async function jobWith(token: string, diesAt?: number) {
  const first = new Machine(world, diesAt === undefined ? {} : { diesAt });
  let id: string | undefined;
  try {
    id = await first.search(CLIP, 'people', token);
    await first.run();
  } catch (error) {
    if (first.calls < (diesAt ?? 0)) throw error;
  }
  const next = new Machine(world);
  const again = await next.search(CLIP, 'people', token);
  if (id !== undefined) expect(again).toBe(id);
  await next.run();
  // For what was lost between a record and its message.
  await next.sweep();
  await next.run();
  const [byTime, byIndex] = [await next.rows(again, 'TIMESTAMP'), await next.rows(again, 'INDEX')];
  return { id: again, byTime, byIndex, calls: first.calls };
}

it('gives the same rows whenever a machine dies', async () => {
  const reference = await jobWith('whole');
  expect(reference.byTime.status).toBe('SUCCEEDED');
  const rows = reference.byTime.rows.map((row) => JSON.parse(row));
  // Ten pictures of twenty, and two people, as the fixture has it.
  const expected = Array.from({ length: 10 }, (_, i) => [i * 200, i < 5 ? 0 : 1]);
  expect(rows.map(({ Timestamp, Person }) => [Timestamp, Person.Index])).toEqual(expected);
  const keys = (await store.keys(RESULTS)).length;
  const deaths = { at: 0, told: 0 };
  for (let diesAt = 1; diesAt <= reference.calls; diesAt += STEP) {
    const told = world.told.length;
    const { id, ...outcome } = await jobWith(`dies-${diesAt}`, diesAt);
    expect([diesAt, outcome.byTime, outcome.byIndex]).toEqual([
      diesAt,
      reference.byTime,
      reference.byIndex,
    ]);
    const mine = (await store.keys(RESULTS)).filter((key) => key.includes(id));
    expect([diesAt, mine.length]).toEqual([diesAt, keys]);
    deaths.told += world.told.length - told;
    deaths.at += 1;
  }
  expect(world.queue).toEqual([]);
  const open = (await database.scan(world.table)).find(({ pk }) => pk === 'VIDEO-OPEN');
  expect(open?.['jobs']).toBe(0);
  // Each is told of; twice only where it died between telling and noting it.
  expect(deaths.told - deaths.at).toBeLessThanOrEqual(3);
  expect(deaths.told).toBeGreaterThanOrEqual(deaths.at);
}, 120_000);
