/**
 * The DynamoDB that the conformance tests talk to: Recollect's own in memory, or whichever answers
 * at DYNAMODB_ENDPOINT, such as DynamoDB Local or https://dynamodb.us-east-1.amazonaws.com, with the
 * credentials of the environment. Each test file gets a table of its own, deleted at its end.
 */
import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  type DynamoDBServiceException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { startDynamo } from '../../infra/local/dynamo/index.ts';

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
  const external = process.env['DYNAMODB_ENDPOINT'];
  const own = external === undefined ? await startDynamo() : undefined;
  const client = clientFor(own?.endpoint ?? external ?? '');
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
      await own?.close();
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
