/** Thousands of invented keys cost Parameter Store nothing, and a good key works meanwhile. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { patient } from '../../functions/lambda/authentication.ts';
import { SsmKeyStore } from '../../layers/keys/index.ts';
import {
  type AccessKey,
  authentication,
  issueKey,
  KeyCache,
  receive,
} from '../../layers/protocol/index.ts';
import { type FakeParameterStore, startParameterStore } from '../support/ssm.ts';

const GRANT = { name: '', operations: 'all', collections: '*', expires: undefined } as const;

let ssm: FakeParameterStore;
let store: SsmKeyStore;
let key: AccessKey;
beforeAll(async () => {
  ssm = await startParameterStore();
  store = new SsmKeyStore(ssm.client(), '/recollect/Flooded/keys');
  key = issueKey(GRANT, randomBytes, new Date(), await store.markForNew(randomBytes));
  await store.create(key);
});
afterAll(() => ssm.close());

const event = (authorization: string) => ({
  httpMethod: 'POST',
  path: '/ListCollections',
  headers: { authorization },
  body: '{}',
  isBase64Encoded: false,
  requestContext: { requestId: '1', accountId: '123456789012' },
});
const invented = () => issueKey(GRANT, randomBytes, new Date());
const lookups = () => ssm.actions.filter((action) => action === 'GetParameter').length;

it('look-ups: two for 10,000 invented keys and a good one, all at once', async () => {
  const cache = new KeyCache(patient(store), Date.now);
  const authenticate = authentication({ keys: cache, now: Date.now });
  const ask = ({ id, secret }: Pick<AccessKey, 'id' | 'secret'>) =>
    authenticate(receive(event(`Bearer ${id}.${secret}`))).then(
      (principal) => principal?.accessKeyId,
      (error: Error) => error.name,
    );
  const before = lookups();
  const answers = await Promise.all(
    Array.from({ length: 10_000 }, (_, index) => ask(index % 100 === 50 ? key : invented())),
  );
  expect(answers.filter((answer) => answer === key.id)).toHaveLength(100);
  expect(answers.filter((answer) => answer === 'UnrecognizedClientException')).toHaveLength(9900);
  // The mark, and the good key.
  expect(lookups() - before).toBe(2);
});

it('look-ups: none but for the mark where a stack has no keys yet', async () => {
  const empty = new SsmKeyStore(ssm.client(), '/recollect/Empty/keys');
  let now = Date.now();
  const cache = new KeyCache(empty, () => now);
  const before = lookups();
  for (let i = 0; i < 1000; i += 1) expect(await cache.find(invented().id)).toBeUndefined();
  expect(lookups() - before).toBe(1);
  // The first key works within seconds.
  const first = issueKey(GRANT, randomBytes, new Date(), await empty.markForNew(randomBytes));
  await empty.create(first);
  now += 5000;
  expect(await cache.find(first.id)).toEqual(first);
});

it('is told to come again while Parameter Store is asked too often', async () => {
  const busy = patient({
    find: async () => {
      throw Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
    },
  });
  const authenticate = authentication({ keys: new KeyCache(busy, Date.now), now: Date.now });
  await expect(
    authenticate(receive(event(`Bearer ${key.id}.${key.secret}`))),
  ).rejects.toMatchObject({ name: 'ThrottlingException' });
});

it('of two first keys at the same time both prove themselves', async () => {
  const both = new SsmKeyStore(ssm.client(), '/recollect/Both/keys');
  const marks = await Promise.all([both.markForNew(randomBytes), both.markForNew(randomBytes)]);
  expect(Buffer.from(marks[0]).equals(Buffer.from(marks[1]))).toBe(true);
  expect(await both.list()).toEqual([]);
});
