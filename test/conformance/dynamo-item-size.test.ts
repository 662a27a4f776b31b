/**
 * The 400 KB limit, to the byte: an item of 409,600 bytes is stored, one of 409,601 refused. The
 * sizes of values are DynamoDB's own, see
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html;
 * those of numbers, which that page gives as approximate, are as observed at this very limit.
 */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTarget, refusal, type Target } from './dynamo-target.ts';

const LIMIT = 409_600;
const KEY = { pk: { S: 'p' }, sk: { S: 's' } };
/** Two names of two bytes with values of one. */
const KEY_BYTES = 6;
const PUT_TOO_LARGE = 'Item size has exceeded the maximum allowed size';
const UPDATE_TOO_LARGE = 'Item size to update has exceeded the maximum allowed size';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

/** Padding that, with its one-byte name, takes `bytes`. */
const padding = (bytes: number): AttributeValue => ({ S: 'x'.repeat(bytes - 1) });

const put = (Item: Record<string, AttributeValue>) =>
  target.client.send(new PutItemCommand({ TableName: target.table, Item }));

describe('The size of a value', () => {
  const sizes: [string, AttributeValue, number][] = [
    ['a string in UTF-8', { S: 'é日🎉' }, 2 + 3 + 4],
    ['binary by its bytes', { B: new Uint8Array([1, 2, 3, 4, 5]) }, 5],
    ['a boolean', { BOOL: false }, 1],
    ['null', { NULL: true }, 1],
    ['a string set', { SS: ['a', 'bc'] }, 3],
    ['a binary set', { BS: [new Uint8Array([1]), new Uint8Array([2, 3])] }, 3],
    ['an empty list', { L: [] }, 3],
    ['a list, one more for each element', { L: [{ S: 'ab' }, { S: 'c' }] }, 3 + 1 + 2 + 1 + 1],
    ['a map, one more for each member', { M: { ab: { S: 'c' } } }, 3 + 1 + 2 + 1],
    ['zero', { N: '0' }, 1],
    ['a digit', { N: '1' }, 2],
    ['a negative digit', { N: '-5' }, 3],
    ['six digits', { N: '123456' }, 4],
    ['six digits about a point', { N: '3.14159' }, 5],
    ['a power of ten', { N: '1E125' }, 2],
  ];
  it.each(sizes)('counts %s', async (_what, v, size) => {
    const room = LIMIT - KEY_BYTES - 'v'.length - size;
    await put({ ...KEY, v, x: padding(room) });
    const error = await refusal(put({ ...KEY, v, x: padding(room + 1) }));
    expect([error.name, error.message]).toEqual(['ValidationException', PUT_TOO_LARGE]);
  });

  it('counts names in UTF-8', async () => {
    const nameBytes = 2;
    const room = LIMIT - KEY_BYTES - nameBytes - 'v'.length;
    await put({ ...KEY, é: { S: 'v' }, x: padding(room) });
    expect((await refusal(put({ ...KEY, é: { S: 'v' }, x: padding(room + 1) }))).message).toBe(
      PUT_TOO_LARGE,
    );
  });
});

describe('An item over the limit', () => {
  const large = padding(LIMIT - KEY_BYTES + 1);

  it('is not grown by UpdateItem', async () => {
    await put({ ...KEY, x: { S: 'small' } });
    const error = await refusal(
      target.client.send(
        new UpdateItemCommand({
          TableName: target.table,
          Key: KEY,
          UpdateExpression: 'SET x = :x',
          ExpressionAttributeValues: { ':x': large },
        }),
      ),
    );
    expect([error.name, error.message]).toEqual(['ValidationException', UPDATE_TOO_LARGE]);
  });

  it('refuses the whole BatchWriteItem', async () => {
    const other = { pk: { S: 'batch' }, sk: { S: '1' } };
    const items = [other, { ...KEY, x: large }].map((Item) => ({ PutRequest: { Item } }));
    const error = await refusal(
      target.client.send(new BatchWriteItemCommand({ RequestItems: { [target.table]: items } })),
    );
    expect([error.name, error.message]).toEqual(['ValidationException', PUT_TOO_LARGE]);
  });

  it('refuses a transaction that puts it', async () => {
    const Put = { TableName: target.table, Item: { ...KEY, x: large } };
    const error = await refusal(
      target.client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }] })),
    );
    expect([error.name, error.message]).toEqual(['ValidationException', PUT_TOO_LARGE]);
  });

  it('cancels a transaction that updates to it', async () => {
    const Update = {
      TableName: target.table,
      Key: KEY,
      UpdateExpression: 'SET x = :x',
      ExpressionAttributeValues: { ':x': large },
    };
    const error = await refusal(
      target.client.send(new TransactWriteItemsCommand({ TransactItems: [{ Update }] })),
    );
    if (!(error instanceof TransactionCanceledException)) throw error;
    expect(error.CancellationReasons).toEqual([
      { Code: 'ValidationError', Message: UPDATE_TOO_LARGE },
    ]);
  });
});
