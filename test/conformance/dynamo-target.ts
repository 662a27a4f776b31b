/**
 * The DynamoDB that the conformance tests talk to: Recollect's own, on disk because commits take
 * their time there and races show, or whichever answers at DYNAMODB_ENDPOINT, such as DynamoDB Local
 * or https://dynamodb.us-east-1.amazonaws.com, with the credentials of the environment. Each test
 * file gets a table of its own, deleted at its end.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  type DynamoDBServiceException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { startDynamo } from '../../infra/emulators/dynamo/index.ts';

export interface Target {
  /** Attribute values as they are on the wire. */
  client: DynamoDBClient;
  /** Attribute values as JavaScript values. */
  documents: DynamoDBDocumentClient;
  /** A table with the string keys pk and sk. */
  table: string;
  close(): Promise<void>;
}

export const KEYS = {
  BillingMode: 'PAY_PER_REQUEST' as const,
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' as const },
    { AttributeName: 'sk', AttributeType: 'S' as const },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' as const },
    { AttributeName: 'sk', KeyType: 'RANGE' as const },
  ],
};

export async function openTarget(): Promise<Target> {
  const { endpoint, stop } = await findOrStart();
  const client = clientFor(endpoint);
  const table = uniqueName();
  await client.send(new CreateTableCommand({ TableName: table, ...KEYS }));
  await untilActive(client, table);
  return {
    client,
    documents: DynamoDBDocumentClient.from(client),
    table,
    async close() {
      await client.send(new DeleteTableCommand({ TableName: table }));
      client.destroy();
      await stop();
    },
  };
}

async function findOrStart(): Promise<{ endpoint: string; stop(): Promise<void> }> {
  const external = process.env['DYNAMODB_ENDPOINT'];
  if (external !== undefined) return { endpoint: external, stop: async () => undefined };
  const path = await mkdtemp(join(tmpdir(), 'recollect-dynamo-'));
  const { endpoint, close } = await startDynamo({ path });
  return {
    endpoint,
    async stop() {
      await close();
      await rm(path, { recursive: true });
    },
  };
}

export function clientFor(endpoint: string): DynamoDBClient {
  const given = process.env['AWS_ACCESS_KEY_ID'] !== undefined;
  return new DynamoDBClient({
    endpoint,
    region: process.env['AWS_REGION'] ?? 'us-east-1',
    maxAttempts: 1,
    ...(!given && { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
  });
}

export function uniqueName(): string {
  return `recollect-conformance-${randomUUID()}`;
}

export async function untilActive(client: DynamoDBClient, TableName: string): Promise<void> {
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { TableName });
}

/** The error that `request` is refused with; fails if it is not refused. */
export async function refusal(request: Promise<unknown>): Promise<DynamoDBServiceException> {
  return request.then(
    () => {
      throw new Error('the request was accepted');
    },
    (error: DynamoDBServiceException) => error,
  );
}
