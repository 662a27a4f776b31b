/** A DynamoDB table and an S3 bucket for a test file, on servers of their own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { startDynamo } from '../../infra/emulators/dynamo/index.ts';
import { startS3 } from '../../infra/emulators/s3/index.ts';
import { ensureTable } from '../../layers/records/index.ts';

/** Small, so that listings have pages, of any store. */
export const KEYS_PER_PAGE = 5;

/** Without the SDK's own retries, so that a test sees every answer. */
const CLIENT = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
};

export interface TestDatabase {
  /** Another client of the same database, to be given middleware of its own. */
  connect(): DynamoDBClient;
  /** Creates a table as the product makes it. */
  createTable(name: string): Promise<void>;
  /** Every item of a table, with no help of the code under test. */
  scan(table: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export interface TestStore {
  connect(): S3Client;
  createBucket(name: string): Promise<void>;
  /** The keys of all objects. */
  keys(bucket: string): Promise<string[]>;
  close(): Promise<void>;
}

export async function openDatabase(): Promise<TestDatabase> {
  const server = await startDynamo();
  const clients: DynamoDBClient[] = [];
  const connect = () => {
    const client = new DynamoDBClient({ ...CLIENT, endpoint: server.endpoint });
    clients.push(client);
    return client;
  };
  const own = connect();
  const documents = DynamoDBDocumentClient.from(own);
  return {
    connect,
    createTable: (name) => ensureTable(own, name),
    async scan(TableName) {
      const items: Record<string, unknown>[] = [];
      let start: Record<string, unknown> | undefined;
      do {
        const page = await documents.send(
          new ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey: start }),
        );
        items.push(...(page.Items ?? []));
        start = page.LastEvaluatedKey;
      } while (start !== undefined);
      return items;
    },
    async close() {
      for (const client of clients) client.destroy();
      await server.close();
    },
  };
}

export async function openStore(): Promise<TestStore> {
  const directory = await mkdtemp(path.join(tmpdir(), 'recollect-s3-'));
  const server = await startS3({ directory });
  const clients: S3Client[] = [];
  const connect = () => {
    const client = new S3Client({ ...CLIENT, endpoint: server.endpoint, forcePathStyle: true });
    client.middlewareStack.add(
      (next, { commandName }) =>
        (args) =>
          next(
            commandName === 'ListObjectsV2Command'
              ? { ...args, input: { MaxKeys: KEYS_PER_PAGE, ...args.input } }
              : args,
          ),
      { step: 'initialize', name: 'smallPages' },
    );
    clients.push(client);
    return client;
  };
  const own = connect();
  return {
    connect,
    async createBucket(Bucket) {
      await own.send(new CreateBucketCommand({ Bucket }));
    },
    async keys(Bucket) {
      const keys: string[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page = await own.send(new ListObjectsV2Command({ Bucket, ContinuationToken }));
        keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
      return keys;
    },
    async close() {
      for (const client of clients) client.destroy();
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
