/** What only the local DynamoDB has to do: its folder, its limits and its HTTP manners. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type DynamoOptions,
  type RunningDynamo,
  startDynamo,
} from '../../infra/emulators/dynamo/index.ts';
import { StoreInUseError } from '../../infra/emulators/storage/index.ts';
import { clientFor, KEYS, refusal } from './dynamo-target.ts';

const TableName = 'records';
let folder: string;
let running: RunningDynamo[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recollect-dynamo-'));
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((dynamo) => dynamo.close()));
  await rm(folder, { recursive: true });
});

async function start(options: DynamoOptions = {}) {
  const dynamo = await startDynamo(options);
  running.push(dynamo);
  return { ...dynamo, client: clientFor(dynamo.endpoint) };
}

async function restart(path: string) {
  await Promise.all(running.splice(0).map((dynamo) => dynamo.close()));
  return start({ path });
}

describe('The folder', () => {
  it('keeps tables, items, time to live and request tokens over a restart', async () => {
    const path = join(folder, 'created', 'on', 'demand');
    const first = await start({ path });
    await first.client.send(new CreateTableCommand({ TableName, ...KEYS }));
    await first.client.send(
      new UpdateTimeToLiveCommand({
        TableName,
        TimeToLiveSpecification: { Enabled: true, AttributeName: 'expires' },
      }),
    );
    const Key = { pk: { S: 'a' }, sk: { S: '1' } };
    const once = new TransactWriteItemsCommand({
      ClientRequestToken: randomUUID(),
      TransactItems: [
        {
          Update: {
            TableName,
            Key,
            UpdateExpression: 'ADD n :one',
            ExpressionAttributeValues: { ':one': { N: '1' } },
          },
        },
      ],
    });
    await first.client.send(once);

    const second = await restart(path);
    await second.client.send(once);
    const { Item } = await second.client.send(new GetItemCommand({ TableName, Key }));
    expect(Item).toEqual({ ...Key, n: { N: '1' } });
    const { TimeToLiveDescription } = await second.client.send(
      new DescribeTimeToLiveCommand({ TableName }),
    );
    expect(TimeToLiveDescription?.AttributeName).toBe('expires');
  });

  it('is refused by name when it is open already', async () => {
    await start({ path: folder });
    const error = await startDynamo({ path: folder }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(StoreInUseError);
    expect(String(error)).toContain(`The data in ${folder} are already in use`);
  });

  it('is let go when the port is taken', async () => {
    const { endpoint } = await start();
    const port = Number(new URL(endpoint).port);
    await expect(startDynamo({ path: folder, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await start({ path: folder });
  });
});

describe('close', () => {
  it('answers the requests under way', async () => {
    const { client, close } = await start({ path: folder });
    running = [];
    await client.send(new CreateTableCommand({ TableName, ...KEYS }));
    const writes = Array.from({ length: 20 }, (_, n) =>
      client.send(
        new PutItemCommand({ TableName, Item: { pk: { S: 'a' }, sk: { S: String(n) } } }),
      ),
    );
    // Any answer at all means the other requests have been sent too.
    await Promise.race(writes);
    await close();
    const outcomes = await Promise.allSettled(writes);
    const again = await restart(folder);
    for (const [n, { status }] of outcomes.entries()) {
      const Key = { pk: { S: 'a' }, sk: { S: String(n) } };
      const { Item } = await again.client.send(new GetItemCommand({ TableName, Key }));
      if (status === 'fulfilled') expect(Item).toEqual(Key);
    }
  });

  it('does not wait for a request that never ends', async () => {
    const { endpoint, close } = await start();
    running = [];
    const { hostname, port } = new URL(endpoint);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write('POST / HTTP/1.1\r\nHost: local\r\nContent-Length: 100\r\n\r\n{');
    // A reset is as good an end as any.
    socket.on('error', () => undefined);
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await close();
    await ended;
  });
});

describe('Secondary indexes', () => {
  it('are refused, and said to be', async () => {
    const { client } = await start();
    const index = {
      IndexName: 'by-sk',
      KeySchema: [{ AttributeName: 'sk', KeyType: 'HASH' as const }],
      Projection: { ProjectionType: 'ALL' as const },
    };
    const created = await refusal(
      client.send(new CreateTableCommand({ TableName, ...KEYS, GlobalSecondaryIndexes: [index] })),
    );
    expect([created.name, created.message]).toEqual([
      'ValidationException',
      expect.stringContaining('no secondary indexes'),
    ]);
    await client.send(new CreateTableCommand({ TableName, ...KEYS }));
    const added = await refusal(
      client.send(
        new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates: [{ Create: index }] }),
      ),
    );
    expect(added.message).toContain('no secondary indexes');
  });
});

describe('The wire', () => {
  const headers = {
    authorization: 'AWS4-HMAC-SHA256 x',
    'x-amz-target': 'DynamoDB_20120810.ListTables',
  };
  it.each([
    ['malformed JSON', { headers, body: '{' }, 'SerializationException'],
    ['JSON that is no object', { headers, body: '[1]' }, 'SerializationException'],
    ['an empty body', { headers, body: '' }, 'SerializationException'],
    [
      'null for a value',
      {
        headers: { ...headers, 'x-amz-target': 'DynamoDB_20120810.PutItem' },
        body: '{"TableName":"records","Item":{"pk":{"S":"a"},"sk":null}}',
      },
      'ValidationException',
    ],
    ['a member of the wrong type', { headers, body: '{"Limit":"many"}' }, 'SerializationException'],
    [
      'an unknown operation',
      { headers: { ...headers, 'x-amz-target': 'DynamoDB_20120810.ExecuteStatement' }, body: '{}' },
      'UnknownOperationException',
    ],
    ['no operation', { headers: { authorization: 'x' }, body: '{}' }, 'UnknownOperationException'],
    [
      'no signature',
      { headers: { 'x-amz-target': headers['x-amz-target'] }, body: '{}' },
      'MissingAuthenticationTokenException',
    ],
    ['17 MB', { headers, body: ' '.repeat(17 * 1024 * 1024) }, 'ValidationException'],
  ])('answers %s with an error and lives on', async (_what, request, name) => {
    const { endpoint } = await start();
    const refused = await fetch(endpoint, { method: 'POST', ...request });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ __type: expect.stringMatching(`#${name}$`) });
    const answered = await fetch(endpoint, { method: 'POST', headers, body: '{}' });
    expect([answered.status, await answered.json()]).toEqual([200, { TableNames: [] }]);
  });
});
