/**
 * One life of the service, made up from a seed: several clients insert, delete and search faces, associate
 * them with users, fold, collect garbage, delete and create collections and purge, all at the same time, while environments crash and services fail. The
 * seed decides everything, the order of all calls included, so that a failure repeats itself.
 */
import { Random } from '../support/random.ts';
import type { TestDatabase, TestStore } from '../support/tables.ts';
import { Cloud, DIMENSION, Environment, type Mutant } from './cloud.ts';
import { Inspection, LONG_TIME_MS } from './inspection.ts';
import { Ledger } from './ledger.ts';
import { Mishaps } from './mishaps.ts';
import { Scheduler } from './scheduler.ts';
import { COLLECTIONS, FACE_MODEL, Violation, Workload } from './workload.ts';

const WORKERS = 4;
const ROUNDS = 3;
const REQUESTS_PER_ROUND = 6;
const FACES = 24;
/** That something befalls a call; a seed has one of these. */
const MISHAP_PROBABILITIES = [0, 0.02, 0.05, 0.12];

/**
 * @returns what happened, line by line
 * @throws Violation, with what happened before it
 */
export async function simulate(
  seed: number,
  database: TestDatabase,
  store: TestStore,
  mutant: Mutant = {},
): Promise<string[]> {
  const trace: string[] = [];
  const name = `simulation-${seed}-${runs++}`;
  await database.createTable(name);
  await store.createBucket(name);
  const random = new Random(seed);
  const vectors = someVectors(random);
  const ledger = new Ledger([...vectors.keys()]);
  const scheduler = new Scheduler(random);
  let lost: Error | undefined;
  const cloud = new Cloud({
    database,
    store,
    table: name,
    bucket: name,
    random,
    scheduler,
    mutant,
    mishaps: new Mishaps(random, random.pick(MISHAP_PROBABILITIES)),
    onShardLost: ({ generation }, error) => {
      if (ledger.get(generation).safe) lost = error;
    },
  });
  const workload = new Workload(cloud, ledger, vectors, (line) => trace.push(line));
  const inspection = new Inspection(cloud, ledger, vectors);
  try {
    const { collections } = new Environment(cloud).records;
    await collections.create(COLLECTIONS.lasting, FACE_MODEL, {});
    for (let round = 0; round < ROUNDS; round++) {
      workload.begin();
      await scheduler.run(
        Array.from({ length: WORKERS }, (_, worker) => workload.work(worker, REQUESTS_PER_ROUND)),
      );
      trace.push('all at rest');
      await inspection.inspect();
      if (lost !== undefined) throw new Violation('A shard was lost.', { cause: lost });
      if (random.chance(0.5)) cloud.now += random.below(2 * LONG_TIME_MS);
    }
    await inspection.inspectFolded(() => store.keys(name));
    await inspection.deleteAll();
    if ((await store.keys(name)).length > 0) throw new Violation('The purges have left objects.');
    await inspection.inspectErasures();
    const left = (await database.scan(name)).filter(
      ({ pk }) => !String(pk).startsWith('RECEIPTS#'),
    );
    if (left.length > 0) throw new Violation(`The purges have left ${left.length} items.`);
  } catch (error) {
    throw new Violation(`Seed ${seed}: ${error}\n${trace.join('\n')}`, { cause: error });
  } finally {
    cloud.close();
  }
  return trace;
}

/** Tables and buckets are never used twice. */
let runs = 0;

/** By id. Some faces have the same vector as another one. */
function someVectors(random: Random): Map<string, Float32Array> {
  const vectors = Array.from({ length: FACES }, () => random.unitVector(DIMENSION));
  return new Map(
    vectors.map((vector) => [random.uuid(), random.chance(0.2) ? random.pick(vectors) : vector]),
  );
}
