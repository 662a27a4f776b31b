/**
 * The upload bucket and what is behind it: a queue that S3 tells of objects, the function that indexes them,
 * and the dead letters of those that cannot be indexed.
 */
import { Aws, Duration, Validations } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILayerVersion } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { BlockPublicAccess, Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Afterwards } from '../../../functions/uploads/afterwards.ts';
import type { RecordAction } from '../../../layers/protocol/index.ts';
import type { Models } from './models.ts';
import { putEvents, readModels, send, takeUploads, useKey, useRecords } from './permissions.ts';
import type { Queues } from './queues.ts';
import { ATTEMPTS, times } from './queues.ts';
import type { RuntimeSettings } from './runtime-function.ts';
import { RuntimeFunction } from './runtime-function.ts';
import type { Storage } from './storage.ts';
import { encrypted, removal } from './storage.ts';

export interface UploadPipelineProps {
  readonly settings: RuntimeSettings;
  readonly storage: Storage;
  readonly queues: Queues;
  readonly inference: ILayerVersion;
  readonly models: Models | undefined;
  /** MB. */
  readonly memory: number;
  readonly foldAt: number;
  /** The face model of collections that uploads create. */
  readonly faceModel: string;
  /** The most functions at once. */
  readonly concurrency: number;
  readonly createCollections: boolean;
  readonly afterwards: Afterwards;
  /** Whether the bucket stays when the stack is destroyed. */
  readonly retain: boolean;
}

/** Several group photographs, one after the other, and the start of the function. */
const TIMEOUT = Duration.minutes(2);
const BATCH_SIZE = 5;

const COMMON = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } as const;

/** What indexing uploads does with the records, and the removal of the faces of a photograph that is gone. */
const INGESTS: readonly RecordAction[] = [
  'BatchGetItem',
  'ConditionCheckItem',
  'DeleteItem',
  'GetItem',
  'PutItem',
  'Query',
  'UpdateItem',
];

export class UploadPipeline extends Construct {
  readonly bucket: Bucket;
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly ingest: RuntimeFunction;

  constructor(scope: Construct, id: string, props: UploadPipelineProps) {
    super(scope, id);
    const { settings, storage, queues, afterwards } = props;
    // Named, so that `recollect redrive` finds both by the name of the stack.
    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...COMMON,
      queueName: `${settings.stackName}-dead-uploads`,
      retentionPeriod: Duration.days(14),
    });
    this.queue = new Queue(this, 'Queue', {
      ...COMMON,
      queueName: `${settings.stackName}-uploads`,
      visibilityTimeout: times(TIMEOUT),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: ATTEMPTS },
    });
    this.bucket = this.#bucket(props);
    this.#notify(afterwards !== 'delete');

    this.ingest = new RuntimeFunction(this, 'Ingest', {
      settings,
      description: 'Indexes the photographs that are put into the upload bucket',
      memory: props.memory,
      timeout: TIMEOUT,
      layers: [props.inference],
      environment: {
        TABLE: storage.table.tableName,
        MODELS: '/opt/models',
        ...(props.models && { MODEL_BUCKET: props.models.bucket.bucketName }),
        FACE_MODEL: props.faceModel,
        FOLD_QUEUE: queues.folds.queueUrl,
        PURGE_QUEUE: queues.purges.queueUrl,
        FOLD_AT: String(props.foldAt),
        UPLOAD_BUCKET: this.bucket.bucketName,
        DEAD_UPLOADS: this.deadLetters.queueUrl,
        UPLOAD_ATTEMPTS: String(ATTEMPTS),
        CREATE_COLLECTIONS: String(props.createCollections),
        AFTER_UPLOAD: afterwards,
      },
      permissions: [
        ...useRecords(storage.table, INGESTS),
        ...takeUploads(this.bucket, afterwards),
        ...(props.models ? readModels(props.models) : []),
        ...send(queues.folds),
        ...send(this.deadLetters),
        ...putEvents(this),
        ...useKey(this, storage.key),
      ],
    });
    this.ingest.function.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: BATCH_SIZE,
        maxConcurrency: props.concurrency,
        reportBatchItemFailures: true,
      }),
    );
  }

  #bucket({ retain, storage: { key } }: UploadPipelineProps): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      ...encrypted(key),
      enforceSSL: true,
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy: removal(retain),
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Every object leads to an event that says what became of it; an access log would need a second bucket. Whoever needs one configures it.',
    });
    return bucket;
  }

  /**
   * Has S3 tell the queue of objects that appear, and of those that disappear unless it is the function that
   * deletes them. The template's own property, since the CDK's `addEventNotification` brings a function with
   * rights over all buckets.
   */
  #notify(withRemovals: boolean): void {
    // Bucket and policy cannot both name the other: the policy names the account instead.
    this.queue.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.queue.queueArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    const resource = this.bucket.node.defaultChild;
    if (!(resource instanceof CfnBucket))
      throw new TypeError('The bucket is made of something else.');
    const removals = ['s3:ObjectRemoved:*', 's3:LifecycleExpiration:*'];
    const events = ['s3:ObjectCreated:*', ...(withRemovals ? removals : [])];
    resource.notificationConfiguration = {
      queueConfigurations: events.map((event) => ({ event, queue: this.queue.queueArn })),
    };
    // S3 tries the queue out when the bucket is made.
    resource.node.addDependency(this.queue);
  }
}
