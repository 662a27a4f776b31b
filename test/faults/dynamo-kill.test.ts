/**
 * The local DynamoDB under SIGKILL in the middle of writes: what was acknowledged is there, a
 * transaction is there as a whole or not at all, and one repeated with its token is done once.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  CreateTableCommand,
  DynamoDBClient,
  DynamoDBServiceException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  PutCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rounds } from '../support/thorough.ts';

const ROUNDS = rounds(2, 4);
const WRITERS = 8;
const MEMBERS = ['first', 'second', 'third'];
const TableName = 'killed';
const CHILD = fileURLToPath(new URL('dynamo-child.ts', import.meta.url));

interface Server {
  process: ChildProcess;
  documents: DynamoDBDocumentClient;
}

/** One client that writes ever higher numbers; `asked` may be ahead of `acknowledged` by one. */
interface Writer {
  pk: string;
  single: { asked: number; acknowledged: number };
  transaction: { asked: number; acknowledged: number };
}

let path: string;
let server: Server | undefined;
beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), 'recollect-dynamo-kill-'));
});
afterAll(async () => {
  if (server) await kill(server);
  await rm(path, { recursive: true });
});

async function start(): Promise<Server> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [endpoint] = await once(createInterface(child.stdout), 'line');
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return { process: child, documents: DynamoDBDocumentClient.from(client) };
}

async function kill({ process: child, documents }: Server): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  documents.destroy();
}

function put({ documents }: Server, { pk, single }: Writer) {
  const Item = { pk, sk: 'single', n: single.asked, padding: 'x'.repeat(2000) };
  return documents.send(new PutCommand({ TableName, Item }));
}

/** Three items and a counter of transactions, in one, with a token that tells n. */
function transact({ documents }: Server, { pk, transaction: { asked } }: Writer) {
  const members = MEMBERS.map((sk) => ({ Put: { TableName, Item: { pk, sk, n: asked } } }));
  const count = {
    Update: {
      TableName,
      Key: { pk, sk: 'count' },
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': 1 },
    },
  };
  return documents.send(
    new TransactWriteCommand({
      ClientRequestToken: `${pk}-${asked}`,
      TransactItems: [...members, count],
    }),
  );
}

/** Writes until the server is gone. */
async function write(server: Server, writer: Writer): Promise<void> {
  try {
    for (;;) {
      writer.single.asked += 1;
      await put(server, writer);
      writer.single.acknowledged = writer.single.asked;
      writer.transaction.asked += 1;
      await transact(server, writer);
      writer.transaction.acknowledged = writer.transaction.asked;
    }
  } catch (error) {
    if (error instanceof DynamoDBServiceException) throw error;
  }
}

async function stored({ documents }: Server, pk: string): Promise<Record<string, number>> {
  const Keys = ['single', 'count', ...MEMBERS].map((sk) => ({ pk, sk }));
  const { Responses } = await documents.send(
    new BatchGetCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }),
  );
  const found = (Responses?.[TableName] ?? []).map(({ sk, n }) => [sk, n]);
  return { single: 0, count: 0, first: 0, second: 0, third: 0, ...Object.fromEntries(found) };
}

async function check(server: Server, writer: Writer): Promise<void> {
  const { single, count, first, ...rest } = await stored(server, writer.pk);
  expect([writer.single.acknowledged, writer.single.asked]).toContain(single);
  expect([writer.transaction.acknowledged, writer.transaction.asked]).toContain(first);
  expect({ count, ...rest }).toEqual({ count: first, second: first, third: first });

  // What its client would do: repeat the transaction whose answer never came.
  await transact(server, writer);
  const { asked } = writer.transaction;
  expect(await stored(server, writer.pk)).toMatchObject({ count: asked, first: asked });
  writer.transaction.acknowledged = asked;
  writer.single.asked = single ?? 0;
  writer.single.acknowledged = writer.single.asked;
}

it(`keeps what it acknowledged over ${ROUNDS} kills`, { timeout: 300_000 }, async () => {
  const writers: Writer[] = Array.from({ length: WRITERS }, (_, n) => ({
    pk: `writer-${n}`,
    single: { asked: 0, acknowledged: 0 },
    transaction: { asked: 0, acknowledged: 0 },
  }));
  server = await start();
  await server.documents.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S' as const,
      })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = writers.map(({ transaction }) => transaction.acknowledged);
    const writing = Promise.all(writers.map((writer) => write(server!, writer)));
    // However slow the machine is, something is acknowledged before the kill.
    while (!writers.some(({ transaction }, n) => transaction.acknowledged > before[n]!)) {
      await sleep(20);
    }
    await sleep(Math.random() * 300);
    await kill(server);
    await writing;
    server = await start();
    for (const writer of writers) await check(server, writer);
  }
});
