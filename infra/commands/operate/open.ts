/** Opening what a command works on: the table and the bucket of a stack, or those in a data folder. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { type AttributeValue, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { BUILT_IN_FACE_MODELS, type FaceModels } from '../../../layers/inference/index.ts';
import { Records } from '../../../layers/records/index.ts';
import { S3ShardStore, type ShardStore } from '../../../layers/vectors/index.ts';
import { startDynamo } from '../../emulators/dynamo/index.ts';
import { startS3 } from '../../emulators/s3/index.ts';
import { hasData, requireWhole, STORES } from '../../local/data-folder.ts';
import { SHARD_BUCKET, TABLE } from '../../local/places.ts';
import { openFaceModels } from '../../models/installed.ts';
import { Failure, type Target } from '../cli/index.ts';

export interface Opened {
  readonly records: Records;
  readonly store: ShardStore;
  readonly faceModels: FaceModels;
  /** Every item of the table as it is, whatever it is. */
  items(): AsyncIterable<Record<string, AttributeValue>>;
  close(): Promise<void>;
}

/** There is nothing where the command was sent to. */
export class TargetError extends Failure {
  override readonly name = 'TargetError';
}

/**
 * @param data where the face models of a stack were added; those of Recollect need none
 * @throws TargetError, StoreInUseError while the service runs, StoreError for damaged or missing data, and
 *   what AWS refuses
 */
export async function openTarget(target: Target, data?: string): Promise<Opened> {
  return target.kind === 'folder' ? openFolder(target.data) : openStack(target.stack, data);
}

async function openFolder(data: string): Promise<Opened> {
  if (!(await hasData(data))) throw new TargetError(`There are no collections in ${data}.`);
  await requireWhole(data);
  const [accessKeyId, secretAccessKey] = [randomUUID(), randomUUID()];
  const credentials = { accessKeyId, secretAccessKey };
  const faceModels = await openFaceModels(data);
  const database = await startDynamo({
    path: path.join(data, STORES.dynamodb),
    mode: 'existing',
    credentials,
  });
  const closers = [() => database.close()];
  const close = async () => {
    for (const step of closers.splice(0).reverse()) await step();
  };
  try {
    const objects = await startS3({
      directory: path.join(data, 's3'),
      mode: 'existing',
      credentials: (id) => (id === accessKeyId ? secretAccessKey : undefined),
    });
    closers.push(() => objects.close());
    const shared = { region: 'us-east-1', credentials };
    const dynamodb = new DynamoDBClient({ ...shared, endpoint: database.endpoint });
    const s3 = new S3Client({ ...shared, endpoint: objects.endpoint, forcePathStyle: true });
    closers.push(async () => {
      dynamodb.destroy();
      s3.destroy();
    });
    const records = new Records({ client: dynamodb, table: TABLE });
    return {
      records,
      store: new S3ShardStore(s3, SHARD_BUCKET),
      faceModels,
      items: () => itemsOf(dynamodb, TABLE),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @param data the folder in which the face models of the stack were added; those of Recollect need none */
async function openStack(stack: string, data: string | undefined): Promise<Opened> {
  const { table, bucket } = await namesOf(stack);
  const faceModels = data === undefined ? BUILT_IN_FACE_MODELS : await openFaceModels(data);
  const [dynamodb, s3] = [new DynamoDBClient({}), new S3Client({})];
  return {
    records: new Records({ client: dynamodb, table }),
    store: new S3ShardStore(s3, bucket),
    faceModels,
    items: () => itemsOf(dynamodb, table),
    async close() {
      dynamodb.destroy();
      s3.destroy();
    },
  };
}

async function* itemsOf(client: DynamoDBClient, TableName: string) {
  for await (const { Items = [] } of paginateScan(
    { client },
    { TableName, ConsistentRead: true },
  )) {
    yield* Items;
  }
}

/** The stack's functions know its table and its bucket by name. @throws TargetError */
async function namesOf(stack: string): Promise<{ table: string; bucket: string }> {
  for await (const { TABLE: table, SHARD_BUCKET: bucket } of environmentsOf(stack)) {
    if (table && bucket) return { table, bucket };
  }
  throw new TargetError(`There is no stack ${stack} with functions of Recollect in this region.`);
}

/** The environment variables of each function of a stack. */
export async function* environmentsOf(stack: string): AsyncGenerator<Record<string, string>> {
  const client = new LambdaClient({});
  try {
    for await (const { Functions = [] } of paginateListFunctions({ client }, {})) {
      for (const { Environment } of Functions) {
        const variables = Environment?.Variables ?? {};
        if (variables['POWERTOOLS_SERVICE_NAME'] === stack) yield variables;
      }
    }
  } finally {
    client.destroy();
  }
}
