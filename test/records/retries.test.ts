/** What passes by itself is tried again, and nothing is done twice because of it. */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BusyError, type Collection, type Records } from '../../layers/records/index.ts';
import {
  type Call,
  type Fields,
  type Interceptor,
  intercept,
  readPartly,
  throttling,
  throughputExceeded,
  transactionConflict,
  transactionInProgress,
  writePartly,
} from '../support/faults.ts';
import { openDatabase, type TestDatabase } from '../support/tables.ts';
import {
  allOf,
  listed,
  ofFaces,
  ofIds,
  openRecords,
  sizes,
  someFaces,
  type TestRecords,
} from './fixture.ts';

const BUDGET = { budget: 1_000, first: 20, longest: 200 };

let database: TestDatabase;
let test: TestRecords;
let collection: Collection;
/** Records whose clock and sleep are simulated, and whose calls `handle` handles. */
let records: Records;
let handle: Interceptor;
let now: number;
let pauses: number[];
let operations: string[];
beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  test = await openRecords(database);
  collection = await test.records.collections.create('a', '1.0', {});
  handle = (call) => call.proceed();
  [now, pauses, operations] = [0, [], []];
  const environment = test.environment({
    clock: () => new Date(now),
    random: () => 0.5,
    retry: BUDGET,
    sleep: async (milliseconds) => {
      pauses.push(milliseconds);
      now += milliseconds;
    },
  });
  records = environment.records;
  intercept(environment.client, (call) => {
    operations.push(call.operation);
    return handle(call);
  });
});

const always = (error: () => Error): Interceptor => {
  return async () => {
    throw error();
  };
};

/** Fails each operation so many times, then lets it through. */
function failing(times: number, error: () => Error): Interceptor {
  const failures = new Map<string, number>();
  return async (call) => {
    const before = failures.get(call.operation) ?? 0;
    if (before >= times) return call.proceed();
    failures.set(call.operation, before + 1);
    throw error();
  };
}

const PASSING: [string, () => Error][] = [
  ['ThrottlingException', throttling],
  ['ProvisionedThroughputExceededException', throughputExceeded],
];
const PASSING_TRANSACTIONS: [string, () => Error][] = [
  ...PASSING,
  ['TransactionInProgressException', transactionInProgress],
  ['TransactionCanceledException for TransactionConflict', () => transactionConflict(5)],
];

describe('requests that are refused for a while', () => {
  it.each(PASSING_TRANSACTIONS)('are repeated: transactions, after %s', async (_, error) => {
    const faces = someFaces(3);
    const refusing = failing(3, error);
    // How full the collection is, is read before.
    handle = (call) => (call.operation === 'Query' ? call.proceed() : refusing(call));
    expect(await records.faces.insert(collection, faces, ofFaces)).toMatchObject(faces);
    expect(operations.filter((operation) => operation !== 'Query')).toHaveLength(4);
    // Half of 20, 40, 80: the random number is always a half.
    expect(pauses).toEqual([10, 20, 40]);
    expect(await sizes(test.records, collection)).toEqual(allOf(3));
  });

  it.each(PASSING)('are repeated: reads and single writes, after %s', async (_, error) => {
    const faces = someFaces(3);
    const ids = faces.map(({ id }) => id);
    await test.records.faces.insert(collection, faces, ofFaces);
    handle = failing(2, error);
    await records.collections.tag('a', { x: 'y' });
    expect((await records.collections.get('a')).tags).toEqual({ x: 'y' });
    expect(await listed(records, collection)).toEqual([...ids].sort());
    expect(await records.faces.getMany(collection, ids)).toHaveLength(3);
    await records.tail.delete(await records.tail.read(collection.generation, 'faces'));
    expect(await test.records.tail.read(collection.generation, 'faces')).toEqual([]);
    const kinds = ['GetItem', 'PutItem', 'Query', 'BatchGetItem', 'BatchWriteItem'];
    for (const kind of kinds) expect(operations).toContain(kind);
    expect(pauses).toHaveLength(2 * kinds.length);
  });

  it.each(PASSING_TRANSACTIONS)('fail when the time is over, after %s', async (_, error) => {
    handle = always(error);
    const attempt = records.faces.insert(collection, someFaces(1), ofFaces);
    await expect(attempt).rejects.toThrow(BusyError);
    await expect(attempt).rejects.toMatchObject({ cause: { name: error().name } });
    expect(now).toBeGreaterThanOrEqual(BUDGET.budget);
    expect(now).toBeLessThanOrEqual(BUDGET.budget + BUDGET.longest);
    expect(Math.max(...pauses)).toBe(BUDGET.longest / 2);
    expect(await sizes(test.records, collection)).toEqual(allOf(0));
  });

  it('fail at once when the reason does not pass', async () => {
    handle = always(() => new Error('AccessDenied'));
    await expect(records.collections.get('a')).rejects.toThrow('AccessDenied');
    expect(operations).toHaveLength(1);
    const reason = { Code: 'ItemCollectionSizeLimitExceeded' };
    handle = always(
      () =>
        new TransactionCanceledException({
          message: 'injected',
          $metadata: {},
          CancellationReasons: [reason],
        }),
    );
    const attempt = records.faces.insert(collection, someFaces(1), ofFaces);
    await expect(attempt).rejects.toThrow(TransactionCanceledException);
    expect(pauses).toEqual([]);
  });
});

describe('a transaction of which nobody knows whether it was made', () => {
  const mishaps: [string, Interceptor][] = [
    ['its answer is lost', (call) => call.proceedTwice()],
    ['it is in progress, and made in the end', inProgress],
  ];

  it.each(mishaps)('is made once and answered as made, when %s', async (_, mishap) => {
    const faces = someFaces(3);
    const ids = faces.map(({ id }) => id);
    handle = onTransactions(mishap);
    await records.faces.insert(collection, faces, ofFaces);
    expect(await sizes(test.records, collection)).toEqual(allOf(3));
    handle = onTransactions(mishap);
    const { deleted, refused } = await records.faces.delete(collection, ids, ofIds);
    expect(deleted).toEqual(ids);
    expect(refused).toEqual([]);
    expect(await sizes(test.records, collection)).toEqual(allOf(0));

    const current = await records.manifests.get(collection.generation, 'faces');
    const next = { shards: [], retired: [] };
    handle = onTransactions(mishap);
    expect(await records.manifests.swap(collection, 'faces', current, next)).toBe(true);
    handle = onTransactions(mishap);
    expect((await records.collections.create('b', '1.0', {})).id).toBe('b');
    handle = onTransactions(mishap);
    expect(await records.collections.delete('a')).toBe(collection.generation);
  });

  /** The first transaction meets with the mishap, the others are made. */
  function onTransactions(mishap: Interceptor): Interceptor {
    let isFirst = true;
    return async (call) => {
      if (!isFirst || call.operation !== 'TransactWriteItems') return call.proceed();
      isFirst = false;
      return mishap(call);
    };
  }

  async function inProgress(call: Call): Promise<Fields> {
    await call.proceed();
    throw transactionInProgress();
  }
});

describe('batches that are done in part', () => {
  it('are read to the end', async () => {
    const faces = someFaces(230);
    const ids = faces.map(({ id }) => id);
    await test.records.faces.insert(collection, faces, ofFaces);
    handle = (call) => readPartly(call, 30);
    const found = await records.faces.getMany(collection, ids);
    expect(found.map(({ id }) => id).sort()).toEqual([...ids].sort());
    // Three batches, of 100, 100 and 30.
    expect(operations).toHaveLength(4 + 4 + 1);
    expect(pauses).toEqual([]);
  });

  it('are written to the end', async () => {
    for (const face of someFaces(30)) await test.records.faces.insert(collection, [face], ofFaces);
    const entries = await records.tail.read(collection.generation, 'faces');
    expect(entries).toHaveLength(30);
    handle = (call) => writePartly(call, 10);
    await records.tail.delete(entries);
    expect(await test.records.tail.read(collection.generation, 'faces')).toEqual([]);
    expect(pauses).toEqual([]);
  });

  it('are repeated after a pause when nothing was done, and fail when the time is over', async () => {
    handle = async ({ input }) => ({ Responses: {}, UnprocessedKeys: input['RequestItems'] });
    const reading = records.faces.existing(collection, ['x']);
    await expect(reading).rejects.toThrow(BusyError);
    expect(pauses.slice(0, 3)).toEqual([10, 20, 40]);

    await test.records.faces.insert(collection, someFaces(1), ofFaces);
    const entries = await test.records.tail.read(collection.generation, 'faces');
    handle = async ({ input }) => ({ UnprocessedItems: input['RequestItems'] });
    await expect(records.tail.delete(entries)).rejects.toThrow(BusyError);
    expect(await test.records.tail.read(collection.generation, 'faces')).toHaveLength(1);
  });
});
