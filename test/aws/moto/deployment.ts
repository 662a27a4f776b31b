/**
 * A stack that is synthesised and "deployed" into moto: its table, buckets, queues and parameters are there, its functions run
 * from the assembly, each as itself, and a guard holds them to their own policies.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { App } from 'aws-cdk-lib';
import cdk from '../../../cdk.json' with { type: 'json' };
import { synthesise } from '../../../infra/aws/synthesis.ts';
import { keyPrefix, SsmKeyStore } from '../../../layers/keys/index.ts';
import { type AccessKey, issueKey } from '../../../layers/protocol/index.ts';
import { ensureTable } from '../../../layers/records/index.ts';
import { LambdaHost, readTemplate, type Template } from '../../support/lambda-host.ts';
import { startGateway, startLambda } from '../aws.ts';
import { startFunctionUrl } from '../function-url.ts';
import { type Guard, startGuard } from './guard.ts';
import { ACCOUNT, type Allowed, functionName, policiesOf, REGION } from './policies.ts';
import { startMoto } from './server.ts';

export interface InMoto {
  /** Of moto itself, past the guard. */
  readonly moto: string;
  readonly assembly: string;
  /** Of the function URL, and of the API with its stage. */
  readonly sdkEndpoint: string;
  readonly httpEndpoint: string;
  readonly key: AccessKey;
  readonly host: LambdaHost;
  readonly guard: Guard;
  readonly template: Template;
  readonly policies: ReadonlyMap<string, readonly Allowed[]>;
  readonly s3: S3Client;
  readonly dynamodb: DynamoDBClient;
  /** The name of the only resource whose logical id begins so. */
  named(prefix: string): string;
  /** Takes all messages out of a queue. @returns the events that SQS makes of them, one for each */
  drain(prefix: string): Promise<{ Records: object[] }[]>;
  close(): Promise<void>;
}

const GRANT = { name: '', operations: 'all', collections: '*', expires: undefined } as const;

/**
 * @param context settings of the stack
 * @param change policies that are not as the template has them
 */
export async function deployIntoMoto(
  context: Readonly<Record<string, unknown>> & { readonly stackName: string },
  change: (policies: Map<string, Allowed[]>) => void = () => undefined,
): Promise<InMoto> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const folder = await mkdtemp(path.join(tmpdir(), 'recollect-moto-'));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const assembly = path.join(folder, 'assembly');
    const settings = { ...cdk.context, ...context, architecture: process.arch };
    await synthesise(new App({ outdir: assembly, context: settings }));
    const template = await readTemplate(assembly, context.stackName);

    const moto = await startMoto();
    closers.push(moto.close);
    const client = {
      endpoint: moto.endpoint,
      region: REGION,
      credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
    };
    const s3 = new S3Client({ ...client, forcePathStyle: true });
    const dynamodb = new DynamoDBClient(client);
    const sqs = new SQSClient(client);
    const ssm = new SSMClient(client);
    closers.push(async () => {
      for (const one of [s3, dynamodb, sqs, ssm]) one.destroy();
    });
    await make(template, { s3, dynamodb, sqs });
    const store = new SsmKeyStore(ssm, keyPrefix(context.stackName));
    const mark = await store.markForNew(randomBytes);
    const key = issueKey(GRANT, randomBytes, new Date(), mark);
    await store.create(key);

    const policies = policiesOf(template, nameOf);
    change(policies);
    const guard = await startGuard({
      policies,
      moto: moto.endpoint,
      lambda: () => lambda.endpoint,
    });
    closers.push(guard.close);
    const queueUrl = (id: string, at: string) => `${at}/${ACCOUNT}/${nameOf(id)}`;
    const host = new LambdaHost({
      assembly,
      template,
      physicalName: (id, type) =>
        type === 'AWS::SQS::Queue' ? queueUrl(id, guard.endpoint) : nameOf(id),
      environment: (name) => ({ AWS_ENDPOINT_URL: guard.endpoint, AWS_ACCESS_KEY_ID: name }),
    });
    closers.push(() => host.stop());
    const lambda = await startLambda((name, event) => host.invoke(name, event));
    const gateway = await startGateway(host);
    const url = await startFunctionUrl((event) => host.invoke('Dispatcher', event));
    closers.push(lambda.close, gateway.close, url.close);

    const logical = (prefix: string) => {
      const ids = Object.keys(template.Resources).filter((id) =>
        new RegExp(`^${prefix}[0-9A-F]{8}$`).test(id),
      );
      if (ids.length !== 1) throw new Error(`There are ${ids.length} of ${prefix}.`);
      return String(ids[0]);
    };
    return {
      moto: moto.endpoint,
      assembly,
      sdkEndpoint: url.endpoint,
      httpEndpoint: `${gateway.endpoint}/v1`,
      key,
      host,
      guard,
      template,
      policies,
      s3,
      dynamodb,
      named: (prefix) => nameOf(logical(prefix)),
      drain: (prefix) => drain(sqs, queueUrl(logical(prefix), moto.endpoint)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Functions are called as their constructs, everything else as S3 allows it. */
function nameOf(logicalId: string): string {
  const name = functionName(logicalId);
  if (name !== undefined) return name;
  return /^QueuesD?e?a?d?Folds/.test(logicalId) ? `${logicalId}.fifo` : logicalId.toLowerCase();
}

interface Clients {
  readonly s3: S3Client;
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
}

/** What the template has of tables, buckets and queues. */
async function make({ Resources }: Template, { s3, dynamodb, sqs }: Clients): Promise<void> {
  const queues = Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::SQS::Queue');
  for (const [id, { Properties }] of queues) {
    const isFifo = Properties['FifoQueue'] === true;
    await sqs.send(
      new CreateQueueCommand({
        QueueName: nameOf(id),
        ...(isFifo && { Attributes: { FifoQueue: 'true' } }),
      }),
    );
  }
  for (const [id, { Type, Properties }] of Object.entries(Resources)) {
    if (Type === 'AWS::DynamoDB::GlobalTable') await ensureTable(dynamodb, nameOf(id));
    if (Type !== 'AWS::S3::Bucket') continue;
    const Bucket = nameOf(id);
    const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
    const notification = Properties['NotificationConfiguration'] as Notification | undefined;
    if (notification === undefined) continue;
    const QueueConfigurations = notification.QueueConfigurations.map(({ Event, Queue }) => ({
      QueueArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${nameOf(Queue['Fn::GetAtt'][0] ?? '')}`,
      Events: [Event],
    }));
    await s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: { QueueConfigurations },
      }),
    );
  }
}

interface Notification {
  readonly QueueConfigurations: readonly {
    readonly Event: 's3:ObjectCreated:*';
    readonly Queue: { readonly 'Fn::GetAtt': readonly string[] };
  }[];
}

async function drain(sqs: SQSClient, QueueUrl: string): Promise<{ Records: object[] }[]> {
  const events: { Records: object[] }[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
    );
    if (Messages.length === 0) return events;
    for (const message of Messages) {
      events.push({ Records: [record(message)] });
      const { ReceiptHandle } = message;
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}

function record({ MessageId, Body, Attributes, MessageAttributes }: Message): object {
  return {
    messageId: MessageId,
    body: Body,
    attributes: Attributes ?? {},
    messageAttributes: MessageAttributes ?? {},
  };
}
