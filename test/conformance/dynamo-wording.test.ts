/**
 * Answers that DynamoDB gives and DynamoDB Local words or classes differently: run these against
 * Recollect's own or against AWS. The cancellation reasons are those of
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTarget, refusal, type Target } from './dynamo-target.ts';

const NO_MATCH = 'The provided key element does not match the schema';
const INVALID = 'One or more parameter values were invalid: ';

let target: Target;
let TableName: string;
beforeAll(async () => {
  target = await openTarget();
  TableName = target.table;
});
afterAll(() => target.close());

const transact = (...TransactItems: TransactWriteItem[]) =>
  target.client.send(new TransactWriteItemsCommand({ TransactItems }));
const key = (pk: AttributeValue, sk: AttributeValue = { S: '1' }) => ({ pk, sk });
const increment = (Key: Record<string, AttributeValue>) => ({
  Update: {
    TableName,
    Key,
    UpdateExpression: 'SET n = n + :n',
    ExpressionAttributeValues: { ':n': { N: '1' } },
  },
});

const validationError = (Message: string) => ({ Code: 'ValidationError', Message });

describe('A key that does not match the table', () => {
  it('is what PutItem misses', async () => {
    const put = new PutItemCommand({ TableName, Item: { pk: { S: 'a' } } });
    const error = await refusal(target.client.send(put));
    expect(error.message).toBe(`${INVALID}Missing the key sk in the item`);
  });

  it('refuses a BatchWriteItem like a lookup', async () => {
    for (const Item of [{ pk: { S: 'a' } }, key({ N: '1' })]) {
      const RequestItems = { [TableName]: [{ PutRequest: { Item } }] };
      const error = await refusal(target.client.send(new BatchWriteItemCommand({ RequestItems })));
      expect(error.message).toBe(NO_MATCH);
    }
  });

  it('cancels a TransactGetItems', async () => {
    const Get = { TableName, Key: { pk: { S: 'only' } } };
    const request = new TransactGetItemsCommand({ TransactItems: [{ Get }] });
    expect(await refusal(target.client.send(request))).toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [validationError(NO_MATCH)],
    });
  });

  it('cancels a TransactWriteItems, worded by the kind of action', async () => {
    const wrong = key({ N: '5' });
    const condition = { ConditionExpression: 'attribute_not_exists(pk)' };
    const error = await refusal(
      transact(
        { Put: { TableName, Item: key({ S: 'fine' }) } },
        { Put: { TableName, Item: wrong } },
        { Delete: { TableName, Key: wrong } },
        increment(wrong),
        { ConditionCheck: { TableName, Key: wrong, ...condition } },
      ),
    );
    expect(error).toMatchObject({
      name: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons ' +
        '[None, ValidationError, ValidationError, ValidationError, ValidationError]',
      CancellationReasons: [
        { Code: 'None' },
        validationError(`${INVALID}Type mismatch for key pk expected: S actual: N`),
        validationError(NO_MATCH),
        validationError(NO_MATCH),
        validationError(NO_MATCH),
      ],
    });
  });
});

describe('An update that does not fit the item', () => {
  it.each([
    [
      'n is text',
      { n: { S: 'text' } },
      'An operand in the update expression has an incorrect data type',
    ],
    [
      'n is absent',
      {},
      'The provided expression refers to an attribute that does not exist in the item',
    ],
  ])('cancels its transaction where %s', async (what, attributes, message) => {
    const Key = key({ S: what });
    const Item = { ...Key, ...attributes };
    await target.client.send(new PutItemCommand({ TableName, Item }));
    expect(await refusal(transact(increment(Key)))).toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [validationError(message)],
    });
  });
});
