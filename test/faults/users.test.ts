/**
 * Users and faces under every order of events that chance comes upon: a face has at most one user, the
 * lists of the users agree with the faces, counts are exact, and every acknowledged change is there.
 *
 * RECOLLECT_USER_SEEDS says how many lives are lived.
 */
import { expect, it } from 'vitest';
import { memoryDatabase } from '../support/memory/database.ts';
import { memoryStore } from '../support/memory/store.ts';
import { Random } from '../support/random.ts';
import { Cloud } from './cloud.ts';
import { Mishaps } from './mishaps.ts';
import { Scheduler } from './scheduler.ts';
import { UserWorkload } from './user-workload.ts';
import { Violation } from './workload.ts';

const WORKERS = 8;
const ROUNDS = 5;
const REQUESTS_PER_ROUND = 50;
const MISHAP_PROBABILITY = 0.03;
const TIMEOUT_MS = 600_000;

const database = memoryDatabase();
const store = memoryStore();

const seeds = Number(process.env['RECOLLECT_USER_SEEDS'] ?? '2');

it.each(Array.from({ length: seeds }, (_, i) => i + 1))(
  'agree after 2,000 requests by 8 clients: seed %i',
  { timeout: TIMEOUT_MS },
  async (seed) => {
    const name = `users-${seed}`;
    await database.createTable(name);
    await store.createBucket(name);
    const random = new Random(seed);
    const scheduler = new Scheduler(random);
    const cloud = new Cloud({
      database,
      store,
      table: name,
      bucket: name,
      random,
      scheduler,
      mishaps: new Mishaps(random, MISHAP_PROBABILITY),
      mutant: {},
      onShardLost: (_, cause) => {
        throw new Violation('A shard was lost.', { cause });
      },
    });
    const workload = new UserWorkload(cloud);
    await workload.prepare();
    for (let round = 0; round < ROUNDS; round++) {
      await scheduler.run(Array.from({ length: WORKERS }, () => workload.work(REQUESTS_PER_ROUND)));
      await workload.inspect();
    }
    await workload.repeatAll();
    await workload.inspect();
    const often = (label: string) => workload.answers.get(label) ?? 0;
    // The test means something only if everything happens in it.
    expect(often('AssociateFaces answered')).toBeGreaterThan(200);
    expect(often('DeleteUser answered')).toBeGreaterThan(20);
    expect(often('AssociateFaces interrupted')).toBeGreaterThan(0);
  },
);
