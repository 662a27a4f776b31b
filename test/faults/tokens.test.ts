/**
 * Equal requests with one token at once, as an SDK's own repetitions are: all of them get the answer of the
 * one that was carried out, whatever the order of their calls.
 *
 * RECOLLECT_TOKEN_ROUNDS says how often ten are sent; `npm run test:faults` has 10,000.
 */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { createServices, type Services } from '../../functions/common/services.ts';
import { operations } from '../../functions/operations.ts';
import { BUILT_IN_FACE_MODELS } from '../../layers/inference/index.ts';
import { Records } from '../../layers/records/index.ts';
import { type Call, intercept } from '../support/faults.ts';
import { memoryDatabase } from '../support/memory/database.ts';
import { memoryStore } from '../support/memory/store.ts';
import { Random } from '../support/random.ts';
import { Cloud, Environment } from './cloud.ts';
import { Mishaps } from './mishaps.ts';
import { Scheduler } from './scheduler.ts';

const ROUNDS = Number(process.env['RECOLLECT_TOKEN_ROUNDS'] ?? '150');
const AT_ONCE = 10;
const TIMEOUT_MS = 1_100_000;
const CALL = { requestId: 'r', region: 'us-east-1', accountId: '000000000000' };

const database = memoryDatabase();

function servicesOver(records: Records): Services {
  return createServices({
    records: () => records,
    faceModels: () => BUILT_IN_FACE_MODELS,
    jobs: () => ({
      tailGrew: async () => undefined,
      tailSeen: async () => undefined,
      shardLost: async () => undefined,
      purge: async () => undefined,
    }),
  });
}

async function ask(services: Services, name: string, body: object): Promise<string> {
  const operation = operations.find((one) => one.name === name);
  if (operation === undefined) throw new RangeError(`There is no operation ${name}.`);
  return (await operation.prepare(JSON.stringify(body)).run(services, CALL)).body;
}

/** Faces with one vector for all, so that every one of them fits every user. */
async function facesIn(records: Records, collectionId: string, count: number): Promise<string[]> {
  const collection = await records.collections.get(collectionId);
  const box = { left: 0, top: 0, width: 1, height: 1 };
  const random = new Random(count);
  const faces = Array.from({ length: count }, () => {
    const id = random.uuid();
    return { id, imageId: id, box, confidence: 99, faceModel: '1.0', vector: unit };
  });
  await records.faces.insert(collection, faces, () => new Uint8Array());
  return faces.map(({ id }) => id);
}

const unit = Float32Array.from({ length: 4 }, (_, i) => (i === 0 ? 1 : 0));

describe('ten equal requests at once', () => {
  it(`are answered alike: ${ROUNDS} times`, { timeout: TIMEOUT_MS }, async () => {
    const store = memoryStore();
    await database.createTable('ten');
    await store.createBucket('ten');
    const random = new Random(18);
    const scheduler = new Scheduler(random);
    const cloud = new Cloud({
      database,
      store,
      table: 'ten',
      bucket: 'ten',
      random,
      scheduler,
      mishaps: new Mishaps(random, 0),
      mutant: {},
      onShardLost: () => undefined,
    });
    const own = new Environment(cloud);
    const environments = Array.from({ length: AT_ONCE }, () => new Environment(cloud));
    const clients = environments.map((environment) => {
      environment.isBusy = true;
      return servicesOver(environment.records);
    });
    await own.records.collections.create('c', '1.0', {});
    const CollectionId = 'c';
    const faces = await facesIn(own.records, 'c', 100);
    const prepare = servicesOver(own.records);
    const answers = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      const UserId = `user-${round}`;
      // Few calls take a second transaction, which is many times as much work.
      const FaceIds = random.chance(0.03) ? faces : random.sample(faces, 1 + random.below(3));
      const name = random.pick(['CreateUser', 'AssociateFaces', 'DisassociateFaces', 'DeleteUser']);
      const user = { CollectionId, UserId };
      if (name !== 'CreateUser') await ask(prepare, 'CreateUser', user);
      if (name === 'DisassociateFaces' || name === 'DeleteUser')
        await ask(prepare, 'AssociateFaces', { ...user, FaceIds, UserMatchThreshold: 0 });
      const body = {
        ...user,
        ...(name.endsWith('Faces') && { FaceIds }),
        ...(name === 'AssociateFaces' && { UserMatchThreshold: 0 }),
        ClientRequestToken: `token-${round}`,
      };
      const given: string[] = [];
      await scheduler.run(
        clients.map(async (services) => {
          given.push(
            await ask(services, name, body).catch((error) => `${name} ${round}: ${error}`),
          );
        }),
      );
      expect(new Set(given).size, given.join('\n')).toBe(1);
      expect(given[0]).toMatch(/^\{/);
      answers.set(name, (answers.get(name) ?? 0) + 1);
      // The faces are free for the next round.
      if (name === 'AssociateFaces') await ask(prepare, 'DeleteUser', user);
    }
    cloud.close();
    expect(answers.size).toBe(4);
  });
});

describe('a repetition that overlaps with the request it repeats', () => {
  let tables = 0;

  /** Two environments; `between` is run once, after the second has looked for its token `nth` times. */
  async function world(nth: number, between: (first: Services) => Promise<unknown>) {
    const table = `overlap-${tables++}`;
    await database.createTable(table);
    const client = database.connect();
    const first = new Records({ client: database.connect(), table });
    let looks = 0;
    intercept(client, async (call) => {
      const answer = await call.proceed();
      if (isLookForToken(call) && ++looks === nth) await between(servicesOver(first));
      return answer;
    });
    await first.collections.create('c', '1.0', {});
    await first.users.create(await first.collections.get('c'), 'ada', undefined);
    return { first, second: servicesOver(new Records({ client, table })), client };
  }

  const isLookForToken = ({ operation, input }: Call) =>
    operation === 'GetItem' && (input['Key'] as { pk: string }).pk.startsWith('TOKEN#');
  const ada = { CollectionId: 'c', UserId: 'ada', ClientRequestToken: 'token' };

  it('is answered as that was, though its user is gone', async () => {
    const { second } = await world(1, (first) => ask(first, 'DeleteUser', ada));
    expect(await ask(second, 'DeleteUser', ada)).toBe('{}');
  });

  it('is answered as that was, though its user is full', async () => {
    let FaceIds: string[] = [];
    let answer = '';
    const body = () => ({ ...ada, FaceIds: FaceIds.slice(97), UserMatchThreshold: 0 });
    const { first, second } = await world(1, async (services) => {
      answer = await ask(services, 'AssociateFaces', body());
    });
    FaceIds = await facesIn(first, 'c', 103);
    const earlier = { ...body(), FaceIds: FaceIds.slice(0, 97), ClientRequestToken: 'earlier' };
    await ask(servicesOver(first), 'AssociateFaces', earlier);
    expect(await ask(second, 'AssociateFaces', body())).toBe(answer);
    expect(JSON.parse(answer).AssociatedFaces).toHaveLength(3);
  });

  it('is answered as that was, when the database sees a part of it', async () => {
    const { first, second, client } = await world(0, async () => undefined);
    const ben = { ...ada, UserId: 'ben' };
    let transactions = 0;
    intercept(client, async (call) => {
      if (call.operation !== 'TransactWriteItems' || ++transactions > 1) return call.proceed();
      await ask(servicesOver(first), 'CreateUser', ben);
      throw new TransactionCanceledException({
        message: 'injected by a test',
        $metadata: {},
        CancellationReasons: [
          { Code: 'ConditionalCheckFailed' },
          { Code: 'None' },
          { Code: 'TransactionConflict' },
        ],
      });
    });
    expect(await ask(second, 'CreateUser', ben)).toBe('{}');
  });

  it('has no effect of its own', async () => {
    let FaceIds: string[] = [];
    const body = () => ({ ...ada, FaceIds });
    const { first, second } = await world(1, async (services) => {
      await ask(services, 'AssociateFaces', body());
      await ask(services, 'DisassociateFaces', { ...body(), ClientRequestToken: 'other' });
    });
    FaceIds = await facesIn(first, 'c', 1);
    await ask(second, 'AssociateFaces', body());
    const collection = await first.collections.get('c');
    expect((await first.faces.get(collection, FaceIds[0] ?? ''))?.userId).toBeUndefined();
  });

  it('leaves the answer of a request in two parts as it is', async () => {
    let FaceIds: string[] = [];
    let answer = '';
    const body = () => ({ ...ada, FaceIds, UserMatchThreshold: 0 });
    const { first, second } = await world(2, async (services) => {
      answer = await ask(services, 'AssociateFaces', body());
    });
    FaceIds = await facesIn(first, 'c', 100);
    expect(await ask(second, 'AssociateFaces', body())).toBe(answer);
    expect(await ask(servicesOver(first), 'AssociateFaces', body())).toBe(answer);
    expect(JSON.parse(answer).AssociatedFaces).toHaveLength(100);
  });
});
