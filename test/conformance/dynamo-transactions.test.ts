/** Transactions: what the local DynamoDB must do as DynamoDB does. */
import { randomUUID } from 'node:crypto';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  GetCommand,
  PutCommand,
  TransactGetCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTarget, refusal, type Target } from './dynamo-target.ts';

type Actions = NonNullable<TransactWriteCommandInput['TransactItems']>;
type Values = Record<string, unknown>;

let target: Target;
let TableName: string;
beforeAll(async () => {
  target = await openTarget();
  TableName = target.table;
});
afterAll(() => target.close());

const store = (Item: Values) => target.documents.send(new PutCommand({ TableName, Item }));
const get = async (pk: string, sk: string) => {
  const request = new GetCommand({ TableName, Key: { pk, sk }, ConsistentRead: true });
  return (await target.documents.send(request)).Item;
};
const transact = (TransactItems: Actions, more: Partial<TransactWriteCommandInput> = {}) =>
  target.documents.send(new TransactWriteCommand({ TransactItems, ...more }));
const transactGet = (keys: Values[]) =>
  target.documents.send(
    new TransactGetCommand({ TransactItems: keys.map((Key) => ({ Get: { TableName, Key } })) }),
  );

const put = (Item: Values, more = {}) => ({ Put: { TableName, Item, ...more } });
const add = (pk: string, sk: string, n: number, more = {}) => ({
  Update: {
    TableName,
    Key: { pk, sk },
    UpdateExpression: 'ADD n :n',
    ExpressionAttributeValues: { ':n': n },
    ...more,
  },
});

/** The reasons `request` is cancelled for; fails if it is not cancelled. */
async function cancellation(request: Promise<unknown>) {
  const error = await refusal(request);
  if (!(error instanceof TransactionCanceledException)) throw error;
  const reasons = error.CancellationReasons ?? [];
  expect(error.message).toBe(
    'Transaction cancelled, please refer cancellation reasons for specific reasons ' +
      `[${reasons.map(({ Code }) => Code).join(', ')}]`,
  );
  return reasons;
}

describe('TransactWriteItems', () => {
  it('does every kind of action', async () => {
    await store({ pk: 'mixed', sk: 'updated', n: 1 });
    await store({ pk: 'mixed', sk: 'deleted' });
    await store({ pk: 'mixed', sk: 'checked', ok: true });
    await transact([
      put({ pk: 'mixed', sk: 'put' }, { ConditionExpression: 'attribute_not_exists(pk)' }),
      add('mixed', 'updated', 4),
      { Delete: { TableName, Key: { pk: 'mixed', sk: 'deleted' } } },
      {
        ConditionCheck: {
          TableName,
          Key: { pk: 'mixed', sk: 'checked' },
          ConditionExpression: 'ok = :t',
          ExpressionAttributeValues: { ':t': true },
        },
      },
    ]);
    expect(await get('mixed', 'put')).toEqual({ pk: 'mixed', sk: 'put' });
    expect(await get('mixed', 'updated')).toEqual({ pk: 'mixed', sk: 'updated', n: 5 });
    expect(await get('mixed', 'deleted')).toBeUndefined();
    expect(await get('mixed', 'checked')).toEqual({ pk: 'mixed', sk: 'checked', ok: true });
  });

  it('does 100 actions, and refuses 101', async () => {
    const actions = (count: number) =>
      Array.from({ length: count }, (_, n) => put({ pk: 'hundred', sk: String(n), n }));
    await transact(actions(100));
    expect(await get('hundred', '99')).toEqual({ pk: 'hundred', sk: '99', n: 99 });
    const error = await refusal(transact(actions(101)));
    expect(error.name).toBe('ValidationException');
    expect(error.message).toMatch(/Member must have length less than or equal to 100$/);
  });

  it('does nothing if one condition fails, and says which and why', async () => {
    const stored = { pk: 'failed', sk: 'old', v: 1 };
    await store(stored);
    const condition = { ConditionExpression: 'attribute_not_exists(pk)' };
    const reasons = await cancellation(
      transact([
        put({ pk: 'failed', sk: 'new' }, condition),
        put({ pk: 'failed', sk: 'old', v: 2 }, condition),
        add('failed', 'counter', 1),
      ]),
    );
    expect(reasons).toEqual([
      { Code: 'None' },
      { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
      { Code: 'None' },
    ]);
    expect(await get('failed', 'new')).toBeUndefined();
    expect(await get('failed', 'counter')).toBeUndefined();
    expect(await get('failed', 'old')).toEqual(stored);
  });

  it('tells the stored item of each failed condition on request', async () => {
    const stored = { pk: 'told', sk: '1', v: 1 };
    await store(stored);
    const failing = {
      ConditionExpression: 'v = :two',
      ExpressionAttributeValues: { ':two': 2 },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    };
    const Key = { pk: 'told', sk: '1' };
    const values = { ...failing.ExpressionAttributeValues, ':n': 1 };
    for (const action of [
      put({ ...stored, v: 2 }, failing),
      add('told', '1', 1, { ...failing, ExpressionAttributeValues: values }),
      { Delete: { TableName, Key, ...failing } },
      { ConditionCheck: { TableName, Key, ...failing } },
    ]) {
      const reasons = await cancellation(transact([action]));
      expect(reasons.map(({ Item }) => Item && unmarshall(Item))).toEqual([stored]);
    }
  });

  it.each<[string, () => Actions, string]>([
    [
      'two actions on one item',
      () => [put({ pk: 'a', sk: '1' }), add('a', '1', 1)],
      'Transaction request cannot include multiple operations on one item',
    ],
    [
      'two actions in one',
      () => [{ ...put({ pk: 'a', sk: '1' }), ...add('a', '2', 1) }],
      'TransactItems can only contain one of Check, Put, Update or Delete',
    ],
    [
      'an empty key value',
      () => [put({ pk: '', sk: '1' })],
      'One or more parameter values are not valid. The AttributeValue for a key attribute ' +
        'cannot contain an empty string value. Key: pk',
    ],
    [
      'an unused value',
      () => [put({ pk: 'a', sk: '1' }), add('b', '1', 1, unusedValue)],
      'Value provided in ExpressionAttributeValues unused in expressions: keys: {:unused}',
    ],
  ])('refuses %s', async (_what, actions, message) => {
    const error = await refusal(transact(actions()));
    expect([error.name, error.message]).toEqual(['ValidationException', message]);
  });
  const unusedValue = { ExpressionAttributeValues: { ':n': 1, ':unused': 1 } };

  it('refuses no actions at all, an absent table and more than 4 MB', async () => {
    expect((await refusal(transact([]))).name).toBe('ValidationException');
    const absent = { Put: { TableName: 'absent-table', Item: { pk: 'a', sk: '1' } } };
    expect((await refusal(transact([absent]))).name).toBe('ResourceNotFoundException');
    const v = 'x'.repeat(390 * 1024);
    const large = Array.from({ length: 12 }, (_, n) => put({ pk: 'large', sk: String(n), v }));
    expect((await refusal(transact(large))).name).toBe('ValidationException');
    expect(await get('large', '0')).toBeUndefined();
  });

  it('is done once for one client request token', async () => {
    const ClientRequestToken = randomUUID();
    await transact([add('token', '1', 1)], { ClientRequestToken });
    await transact([add('token', '1', 1)], { ClientRequestToken });
    expect((await get('token', '1'))?.['n']).toBe(1);
    const error = await refusal(transact([add('token', '1', 2)], { ClientRequestToken }));
    expect(error.name).toBe('IdempotentParameterMismatchException');
  });

  it('may be tried again with its token after it was cancelled', async () => {
    const ClientRequestToken = randomUUID();
    const actions = [
      add('again', '1', 1, { ConditionExpression: 'attribute_exists(pk)' }),
      put({ pk: 'again', sk: '2' }),
    ];
    await cancellation(transact(actions, { ClientRequestToken }));
    await store({ pk: 'again', sk: '1', n: 1 });
    await transact(actions, { ClientRequestToken });
    expect((await get('again', '1'))?.['n']).toBe(2);
  });

  it('keeps invariants over items under concurrency with single writes and reads', async () => {
    await store({ pk: 'transfer', sk: 'a', n: 1000 });
    await store({ pk: 'transfer', sk: 'b', n: 0 });
    const keys = ['a', 'b'].map((sk) => ({ pk: 'transfer', sk }));
    const sums: number[] = [];
    /** DynamoDB cancels a transaction that meets another one; the client tries again. */
    const patiently = async (attempt: () => Promise<unknown>) => {
      for (;;) {
        const error = await attempt().then(
          () => undefined,
          (e: Error) => e,
        );
        if (error === undefined) return;
        if (!/TransactionConflict|TransactionInProgress/.test(`${error.name} ${error.message}`)) {
          throw error;
        }
      }
    };
    const move = () => transact([add('transfer', 'a', -1), add('transfer', 'b', 1)]);
    const touch = () =>
      target.documents.send(
        new UpdateCommand({
          TableName,
          Key: keys[0],
          UpdateExpression: 'SET touched = :t',
          ExpressionAttributeValues: { ':t': 1 },
        }),
      );
    const look = async () => {
      const { Responses } = await transactGet(keys);
      sums.push((Responses ?? []).reduce((sum, { Item }) => sum + Number(Item?.['n']), 0));
    };
    await Promise.all(
      Array.from({ length: 40 }, () => [move, touch, look]).flatMap((kinds) =>
        kinds.map((kind) => patiently(kind)),
      ),
    );
    expect(sums).toEqual(Array(40).fill(1000));
    expect((await get('transfer', 'a'))?.['n']).toBe(960);
    expect((await get('transfer', 'b'))?.['n']).toBe(40);
  });
});

describe('TransactGetItems', () => {
  it('gets 100 items in order, with nothing for the absent', async () => {
    await transact(Array.from({ length: 99 }, (_, n) => put({ pk: 'read', sk: String(n), n })));
    const keys = Array.from({ length: 100 }, (_, n) => ({ pk: 'read', sk: String(n) }));
    const { Responses } = await transactGet(keys);
    expect(Responses).toHaveLength(100);
    expect(Responses?.[5]).toEqual({ Item: { pk: 'read', sk: '5', n: 5 } });
    expect(Responses?.[99]?.Item).toBeUndefined();
  });

  it('projects', async () => {
    await store({ pk: 'projected', sk: '1', a: { b: 1, c: 2 }, d: 3 });
    const Get = {
      TableName,
      Key: { pk: 'projected', sk: '1' },
      ProjectionExpression: '#a.b',
      ExpressionAttributeNames: { '#a': 'a' },
    };
    const { Responses } = await target.documents.send(
      new TransactGetCommand({ TransactItems: [{ Get }] }),
    );
    expect(Responses).toEqual([{ Item: { a: { b: 1 } } }]);
  });
});
