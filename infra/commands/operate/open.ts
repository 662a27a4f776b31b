/** Opening what a command works on: the table and the bucket of a stack, or those in a data folder. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { BUILT_IN_FACE_MODELS, type FaceModels } from '../../../layers/inference/index.ts';
import { Records } from '../../../layers/records/index.ts';
import { S3ShardStore, type ShardStore } from '../../../layers/vectors/index.ts';
import { startDynamo } from '../../emulators/dynamo/index.ts';
import { startS3 } from '../../emulators/s3/index.ts';
import { hasData, requireWhole, STORES } from '../../local/data-folder.ts';
import { SHARD_BUCKET, TABLE } from '../../local/stack.ts';
import { Failure, type Target } from '../cli/index.ts';

export interface Opened {
  readonly records: Records;
  readonly store: ShardStore;
  readonly faceModels: FaceModels;
  close(): Promise<void>;
}

/** There is nothing where the command was sent to. */
export class TargetError extends Failure {
  override readonly name = 'TargetError';
}

/**
 * @throws TargetError, StoreInUseError while the service runs, StoreError for damaged or missing data, and
 *   what AWS refuses
 */
export async function openTarget(target: Target): Promise<Opened> {
  return target.kind === 'folder' ? openFolder(target.data) : openStack(target.stack);
}

async function openFolder(data: string): Promise<Opened> {
  if (!(await hasData(data))) throw new TargetError(`There are no collections in ${data}.`);
  await requireWhole(data);
  const [accessKeyId, secretAccessKey] = [randomUUID(), randomUUID()];
  const credentials = { accessKeyId, secretAccessKey };
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
      faceModels: BUILT_IN_FACE_MODELS,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openStack(stack: string): Promise<Opened> {
  const { table, bucket } = await namesOf(stack);
  const [dynamodb, s3] = [new DynamoDBClient({}), new S3Client({})];
  return {
    records: new Records({ client: dynamodb, table }),
    store: new S3ShardStore(s3, bucket),
    faceModels: BUILT_IN_FACE_MODELS,
    async close() {
      dynamodb.destroy();
      s3.destroy();
    },
  };
}

/** The stack's functions know its table and its bucket by name. @throws TargetError */
async function namesOf(stack: string): Promise<{ table: string; bucket: string }> {
  const client = new LambdaClient({});
  try {
    for await (const { Functions = [] } of paginateListFunctions({ client }, {})) {
      for (const { Environment } of Functions) {
        const { TABLE: table, SHARD_BUCKET: bucket, ...rest } = Environment?.Variables ?? {};
        if (rest['POWERTOOLS_SERVICE_NAME'] === stack && table && bucket) return { table, bucket };
      }
    }
  } finally {
    client.destroy();
  }
  throw new TargetError(`There is no stack ${stack} with functions of Recollect in this region.`);
}
