/** Single items: what the local DynamoDB must do as DynamoDB does. See dynamo-target.ts. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DeleteCommandInput,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTarget, refusal, type Target } from './dynamo-target.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const put = (Item: Record<string, unknown>, more: Partial<PutCommandInput> = {}) =>
  target.documents.send(new PutCommand({ TableName: target.table, Item, ...more }));
const get = async (pk: string, sk = '1') => {
  const Key = { pk, sk };
  const request = new GetCommand({ TableName: target.table, Key, ConsistentRead: true });
  return (await target.documents.send(request)).Item;
};
const update = (
  pk: string,
  UpdateExpression: string,
  values: Record<string, unknown> | undefined,
  more: Partial<UpdateCommandInput> = {},
) =>
  target.documents.send(
    new UpdateCommand({
      TableName: target.table,
      Key: { pk, sk: '1' },
      UpdateExpression,
      ...(values && { ExpressionAttributeValues: values }),
      ...more,
    }),
  );
const remove = (pk: string, more: Partial<DeleteCommandInput> = {}) =>
  target.documents.send(
    new DeleteCommand({ TableName: target.table, Key: { pk, sk: '1' }, ...more }),
  );

describe('PutItem and GetItem', () => {
  it('give back every attribute type as it was stored', async () => {
    const item = {
      pk: 'types',
      sk: '1',
      number: 12.5,
      binary: new Uint8Array([0, 1, 255, 128]),
      yes: true,
      nothing: null,
      map: { a: { b: [1, 'x', { y: 2 }] } },
      strings: new Set(['a', 'b']),
      numbers: new Set([1, 2]),
      emptyText: '',
      emptyBinary: new Uint8Array([]),
      unicode: 'héllo 🎉 日本',
    };
    await put(item);
    expect(await get('types')).toEqual(item);
  });

  it('find nothing under an absent key', async () => {
    expect(await get('absent')).toBeUndefined();
  });

  it('refuse an absent table', async () => {
    const error = await refusal(put({ pk: 'a', sk: '1' }, { TableName: 'absent-table' }));
    expect(error.name).toBe('ResourceNotFoundException');
  });

  it('refuse an empty and a missing key value', async () => {
    const empty = await refusal(put({ pk: '', sk: '1' }));
    expect(empty.name).toBe('ValidationException');
    expect(empty.message).toBe(
      'One or more parameter values are not valid. The AttributeValue for a key attribute ' +
        'cannot contain an empty string value. Key: pk',
    );
    expect((await refusal(put({ pk: 'a' }))).name).toBe('ValidationException');
  });

  it('keep 38 digits exactly and refuse a 39th', async () => {
    const digits = '12345678901234567890123456789012345678';
    const store = (N: string) =>
      target.client.send(
        new PutItemCommand({
          TableName: target.table,
          Item: { pk: { S: 'digits' }, sk: { S: '1' }, n: { N } },
          ReturnValues: 'ALL_OLD',
        }),
      );
    await store(digits);
    expect((await store('0.10')).Attributes?.['n']).toEqual({ N: digits });
    expect((await store('1e125')).Attributes?.['n']).toEqual({ N: '0.1' });
    expect((await refusal(store(`${digits}9`))).name).toBe('ValidationException');
    expect((await refusal(store('1e126'))).name).toBe('ValidationException');
  });
});

describe('Conditions', () => {
  it('let one of many racing creators through', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, n) =>
        put({ pk: 'race', sk: '1', n }, { ConditionExpression: 'attribute_not_exists(pk)' }),
      ),
    );
    const refused = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason.name] : []));
    expect(refused).toEqual(Array(49).fill('ConditionalCheckFailedException'));
    expect(outcomes[(await get('race'))?.['n']]?.status).toBe('fulfilled');
  });

  it('leave the item as it was when they fail', async () => {
    await put({ pk: 'kept', sk: '1', v: 1 });
    const error = await refusal(
      put({ pk: 'kept', sk: '1', v: 2 }, { ConditionExpression: 'attribute_not_exists(pk)' }),
    );
    expect(error.name).toBe('ConditionalCheckFailedException');
    expect(error.message).toBe('The conditional request failed');
    expect(error.$metadata.httpStatusCode).toBe(400);
    expect(await get('kept')).toEqual({ pk: 'kept', sk: '1', v: 1 });
  });

  it('tell the stored item on request, for each kind of write', async () => {
    const item = { pk: 'told', sk: '1', v: 1 };
    await put(item);
    const condition = {
      ConditionExpression: 'v = :w',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    };
    const values = { ':w': 9 };
    const withValues = { ...condition, ExpressionAttributeValues: values };
    for (const request of [
      () => put({ ...item, v: 2 }, withValues),
      () => update('told', 'SET v = :w', values, condition),
      () => remove('told', withValues),
    ]) {
      const error = await refusal(request());
      if (!('Item' in error)) throw error;
      expect(unmarshall(error.Item as Parameters<typeof unmarshall>[0])).toEqual(item);
    }
  });

  it.each([
    ['size(s) = :n', { ':n': 5 }],
    ['size(l) < :n', { ':n': 4 }],
    ['contains(ss, :a) AND contains(s, :e)', { ':a': 'a', ':e': 'ell' }],
    ['begins_with(s, :p) AND n IN (:x, :z)', { ':p': 'he', ':x': 1, ':z': 5 }],
    ['n BETWEEN :a AND :b AND NOT (n = :c OR attribute_exists(zz))', { ':a': 1, ':b': 5, ':c': 9 }],
    ['attribute_type(l, :t)', { ':t': 'L' }],
    ['l[1] = :two', { ':two': 2 }],
  ])('understand %s', async (ConditionExpression, values) => {
    const item = { pk: 'functions', sk: '1', s: 'hello', l: [1, 2, 3], ss: new Set(['a']), n: 5 };
    await put(item);
    await put(item, { ConditionExpression, ExpressionAttributeValues: values });
    const error = await refusal(
      put(item, {
        ConditionExpression: `NOT (${ConditionExpression})`,
        ExpressionAttributeValues: values,
      }),
    );
    expect(error.name).toBe('ConditionalCheckFailedException');
  });
});

describe('UpdateItem', () => {
  it('sets, computes, appends and removes in one go', async () => {
    await put({ pk: 'u', sk: '1', n: 1, l: ['a'], m: { x: 1 } });
    const { Attributes } = await update(
      'u',
      'SET n = n + :one, l = list_append(l, :l), c = if_not_exists(c, :z) + :one, m.#y = :one REMOVE m.#x',
      { ':one': 1, ':l': ['b'], ':z': 0 },
      { ExpressionAttributeNames: { '#y': 'y', '#x': 'x' }, ReturnValues: 'ALL_NEW' },
    );
    expect(Attributes).toEqual({ pk: 'u', sk: '1', n: 2, l: ['a', 'b'], c: 1, m: { y: 1 } });
  });

  it('returns the updated attributes, old or new', async () => {
    await put({ pk: 'ru', sk: '1', n: 2, other: 1 });
    const old = await update('ru', 'SET n = :n', { ':n': 9 }, { ReturnValues: 'UPDATED_OLD' });
    expect(old.Attributes).toEqual({ n: 2 });
    const now = await update('ru', 'SET n = :n', { ':n': 8 }, { ReturnValues: 'UPDATED_NEW' });
    expect(now.Attributes).toEqual({ n: 8 });
  });

  it('creates the item, adds to numbers and sets, and drops an emptied set', async () => {
    await update('add', 'ADD n :n, s :s', { ':n': 5, ':s': new Set(['a', 'b']) });
    await update('add', 'ADD n :n, s :s', { ':n': -2, ':s': new Set(['b', 'c']) });
    expect(await get('add')).toEqual({ pk: 'add', sk: '1', n: 3, s: new Set(['a', 'b', 'c']) });
    await update('add', 'DELETE s :s', { ':s': new Set(['a', 'b', 'c']) });
    expect(await get('add')).toEqual({ pk: 'add', sk: '1', n: 3 });
  });

  it('adds decimals exactly', async () => {
    await update('decimal', 'ADD n :n', { ':n': 0.1 });
    await update('decimal', 'ADD n :n', { ':n': 0.2 });
    expect((await get('decimal'))?.['n']).toBe(0.3);
  });

  it('loses none of many concurrent additions', async () => {
    await Promise.all(
      Array.from({ length: 100 }, () => update('counter', 'ADD n :one', { ':one': 1 })),
    );
    expect((await get('counter'))?.['n']).toBe(100);
  });

  it.each([
    ['an absent parent', 'SET a.b = :x', {}],
    ['overlapping paths', 'SET a = :x, a.b = :x', {}],
    ['a key attribute', 'SET pk = :x', {}],
    ['an absent operand', 'SET a = missing + :x', {}],
    ['an unused value', 'SET a = :x', { ':unused': 1 }],
    ['a reserved word', 'SET status = :x', {}],
    ['a syntax error', 'SET a = = :x', {}],
  ])('refuses %s', async (_what, expression, values) => {
    const error = await refusal(update('refused', expression, { ':x': 1, ...values }));
    expect(error.name).toBe('ValidationException');
    expect(await get('refused')).toBeUndefined();
  });
});

describe('DeleteItem', () => {
  it('returns what it deleted, and nothing the second time', async () => {
    const item = { pk: 'deleted', sk: '1', v: 7 };
    await put(item);
    expect((await remove('deleted', { ReturnValues: 'ALL_OLD' })).Attributes).toEqual(item);
    expect((await remove('deleted', { ReturnValues: 'ALL_OLD' })).Attributes).toBeUndefined();
    expect(await get('deleted')).toBeUndefined();
  });
});

describe('ReturnConsumedCapacity', () => {
  it('is one unit per started kilobyte written', async () => {
    const item = { pk: 'capacity', sk: '1', v: 'x'.repeat(1500) };
    const { ConsumedCapacity } = await put(item, { ReturnConsumedCapacity: 'TOTAL' });
    expect(ConsumedCapacity).toMatchObject({ TableName: target.table, CapacityUnits: 2 });
  });
});
