/**
 * A stack that is synthesised and "deployed" on this machine: its functions run from the assembly, its table
 * and bucket are in the emulators, its queues keep what is sent, and one access key opens everything.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { App } from 'aws-cdk-lib';
import cdk from '../../cdk.json' with { type: 'json' };
import { synthesise } from '../../infra/aws/synthesis.ts';
import { startDynamo } from '../../infra/emulators/dynamo/index.ts';
import { startS3 } from '../../infra/emulators/s3/index.ts';
import type { AccessKey } from '../../layers/protocol/index.ts';
import { encodeKey, issueKey, MARK_SECRET_BYTES } from '../../layers/protocol/index.ts';
import { ensureTable } from '../../layers/records/index.ts';
import { LambdaHost, readTemplate } from '../support/lambda-host.ts';
import { type SentMessage, startGateway, startLambda, startSurroundings } from './aws.ts';

export interface DeployedHere {
  /** Of the API, with its stage. */
  readonly endpoint: string;
  readonly key: AccessKey;
  readonly host: LambdaHost;
  /** What has been sent to queues. */
  readonly sent: readonly SentMessage[];
  /** Details of events that EventBridge was given. */
  readonly events: readonly unknown[];
  /** The table is `records`, the buckets are `shards`, `uploads` and `models`. */
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  close(): Promise<void>;
}

const CLIENT = {
  region: 'eu-central-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};
const EVERYTHING = { name: '', operations: 'all', collections: '*', expires: undefined } as const;

/** The logical id of a scan function, with the name of its construct. */
const FUNCTION = /^Scanners(.*)Function[0-9A-F]{8}$/;

/** @param context settings of the stack; the architecture is that of this machine */
export async function deployHere(
  context: Readonly<Record<string, unknown>> & { readonly stackName: string },
): Promise<DeployedHere> {
  const { stackName } = context;
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const folder = await mkdtemp(path.join(tmpdir(), 'recollect-deployed-'));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const assembly = path.join(folder, 'assembly');
    const settings = { ...cdk.context, ...context, architecture: process.arch };
    // What validates the template only warns, for four seconds.
    await synthesise(
      new App({ outdir: assembly, context: settings, builtinCloudFormationValidation: false }),
    );

    const database = await startDynamo();
    closers.push(() => database.close());
    const store = await startS3({ directory: path.join(folder, 's3') });
    closers.push(() => store.close());
    const surroundings = await startSurroundings();
    closers.push(() => surroundings.close());

    const dynamodb = new DynamoDBClient({ ...CLIENT, endpoint: database.endpoint });
    const s3 = new S3Client({ ...CLIENT, endpoint: store.endpoint, forcePathStyle: true });
    closers.push(async () => {
      dynamodb.destroy();
      s3.destroy();
    });
    await ensureTable(dynamodb, 'records');
    await s3.send(new CreateBucketCommand({ Bucket: 'shards' }));
    await s3.send(new CreateBucketCommand({ Bucket: 'uploads' }));
    await s3.send(new CreateBucketCommand({ Bucket: 'models' }));
    const mark = randomBytes(MARK_SECRET_BYTES);
    surroundings.parameters.set(`/recollect/${stackName}/keys/mark`, mark.toString('base64'));
    const key = issueKey(EVERYTHING, randomBytes, new Date(), mark);
    surroundings.parameters.set(`/recollect/${stackName}/keys/${key.id}`, encodeKey(key));

    const lambda = await startLambda((name, event) => host.invoke(name, event));
    closers.push(() => lambda.close());
    const host = new LambdaHost({
      assembly,
      template: await readTemplate(assembly, stackName),
      physicalName: (logicalId, type) => {
        if (type === 'AWS::DynamoDB::GlobalTable') return 'records';
        if (type === 'AWS::S3::Bucket') {
          const named = ['Uploads', 'Models'].find((construct) => logicalId.startsWith(construct));
          return named?.toLowerCase() ?? 'shards';
        }
        if (type === 'AWS::Lambda::Function') return logicalId.replace(FUNCTION, '$1');
        return `${surroundings.endpoint}/123456789012/${logicalId}`;
      },
      environment: {
        AWS_ENDPOINT_URL_DYNAMODB: database.endpoint,
        AWS_ENDPOINT_URL_EVENTBRIDGE: surroundings.endpoint,
        AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
        AWS_ENDPOINT_URL_S3: store.endpoint,
        AWS_ENDPOINT_URL_SQS: surroundings.endpoint,
        AWS_ENDPOINT_URL_SSM: surroundings.endpoint,
      },
    });
    closers.push(() => host.stop());
    const gateway = await startGateway(host);
    closers.push(() => gateway.close());
    const endpoint = `${gateway.endpoint}/v1`;
    return {
      endpoint,
      key,
      host,
      sent: surroundings.sent,
      events: surroundings.events,
      dynamodb,
      s3,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
