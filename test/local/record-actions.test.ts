/** What an operation asks of the table is told, and nobody else's. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { expect, it } from 'vitest';
import { operations } from '../../functions/operations.ts';
import { RecordActions } from '../../infra/local/record-actions.ts';

const CALL = { requestId: '1', region: 'us-east-1', accountId: '000000000000' };

it('tells the actions of a running operation on the one table, those of transactions one by one', async () => {
  const told: string[] = [];
  const actions = new RecordActions((operation, action) => told.push(`${operation} ${action}`));
  const client = new DynamoDBClient({ region: 'us-east-1', endpoint: 'http://127.0.0.1:9' });
  // Nothing is sent: what matters comes before that.
  client.middlewareStack.add(() => async () => ({ output: {}, response: {} }) as never, {
    step: 'initialize',
    priority: 'low',
  });
  actions.listenTo(client, 'records');
  const documents = DynamoDBDocumentClient.from(client);
  const Key = { pk: 'a', sk: 'b' };
  const work = async () => {
    await documents.send(new GetCommand({ TableName: 'records', Key }));
    await documents.send(new GetCommand({ TableName: 'audit', Key }));
    await documents.send(new BatchGetCommand({ RequestItems: { records: { Keys: [Key] } } }));
    await documents.send(
      new TransactWriteCommand({
        TransactItems: [
          { Put: { TableName: 'records', Item: Key } },
          { ConditionCheck: { TableName: 'records', Key, ConditionExpression: 'a = b' } },
          { Delete: { TableName: 'audit', Key } },
        ],
      }),
    );
  };
  const one = operations.find(({ name }) => name === 'ListCollections');
  if (one === undefined) throw new Error('There is no ListCollections.');
  const run = async () => {
    await work();
    return { body: '{}', faces: undefined, output: {} };
  };
  const [watched] = actions.ofEach([
    { ...one, prepare: () => ({ resource: { kind: 'none' }, input: {}, run }) },
  ]);
  await work();
  expect(told).toEqual([]);
  await watched?.prepare('{}').run({} as never, CALL);
  expect(told).toEqual(
    ['GetItem', 'BatchGetItem', 'PutItem', 'ConditionCheckItem'].map((a) => `ListCollections ${a}`),
  );
  client.destroy();
});
