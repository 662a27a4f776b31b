/**
 * Stored video: the queue of steps of jobs, the function that takes them, and the bucket in which jobs leave what
 * they have seen.
 */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Code, type ILayerVersion, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { BlockPublicAccess, Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Variable } from '../../../functions/lambda/environment.ts';
import type { VideoStep } from '../../../functions/video/messages.ts';
import type { RecordAction } from '../../../layers/protocol/index.ts';
import type { Models } from './models.ts';
import type { Permission } from './permissions.ts';
import {
  invoke,
  publish,
  readImages,
  readModels,
  readResults,
  readShards,
  send,
  useKey,
  useRecords,
  writeResults,
} from './permissions.ts';
import type { Queues } from './queues.ts';
import type { RuntimeSettings } from './runtime-function.ts';
import { RUNTIME, RuntimeFunction } from './runtime-function.ts';
import type { Scanners } from './scanners.ts';
import { encrypted, type Storage } from './storage.ts';

export interface VideosProps {
  readonly settings: RuntimeSettings;
  readonly storage: Storage;
  readonly queues: Queues;
  readonly scanners: Scanners;
  readonly inference: ILayerVersion;
  readonly models: Models | undefined;
  /** The folder of the layer that decodes. */
  readonly decoder: string;
  /** MB. */
  readonly memory: number;
  readonly foldAt: number;
  readonly fanOutAt: number;
  readonly faceModel: string;
  readonly judgements: boolean;
  /** Of the videos. */
  readonly buckets: readonly string[];
  /** ARNs of topics that jobs may notify. */
  readonly topics: readonly string[];
  /** Pictures a second that are looked at. */
  readonly rate: number;
  /** The most functions at once, and the parts of one job among them. */
  readonly concurrency: number;
}

/** What Lambda allows; a part takes a tenth of it. */
const TIMEOUT = Duration.minutes(15);
/** A function that died is followed by another one so soon. */
const VISIBILITY = Duration.minutes(16);
/** More often than the function itself gives a step up. */
const DELIVERIES = 8;
const SWEEP_EVERY = Duration.minutes(15);
/** Results are kept for seven days; a day later nobody asks for them. */
const KEPT = Duration.days(8);

const COMMON = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } as const;

/** What the steps of jobs do with the records: their own, those they search, and those of jobs that have expired. */
const STEPS: readonly RecordAction[] = [
  'BatchGetItem',
  'BatchWriteItem',
  'GetItem',
  'PutItem',
  'Query',
  'UpdateItem',
];

export class Videos extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly results: Bucket;
  readonly topics: readonly string[];
  readonly steps: RuntimeFunction;

  constructor(scope: Construct, id: string, props: VideosProps) {
    super(scope, id);
    const { settings, storage, queues, scanners, models } = props;
    this.topics = props.topics;
    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...COMMON,
      retentionPeriod: Duration.days(14),
    });
    this.queue = new Queue(this, 'Queue', {
      ...COMMON,
      visibilityTimeout: VISIBILITY,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: DELIVERIES },
    });
    this.results = this.#bucket(storage);
    const decoder = new LayerVersion(this, 'Decoder', {
      description: 'FFmpeg as WebAssembly (GPL-2.0-or-later)',
      code: Code.fromAsset(props.decoder),
      compatibleRuntimes: [RUNTIME],
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.steps = new RuntimeFunction(this, 'Video', {
      settings,
      description: 'Looks through stored videos',
      memory: props.memory,
      timeout: TIMEOUT,
      layers: [props.inference, decoder],
      environment: {
        ...this.environment,
        TABLE: storage.table.tableName,
        SHARD_BUCKET: storage.shards.bucketName,
        SCANNERS: scanners.names,
        FAN_OUT_AT: String(props.fanOutAt),
        MODELS: '/opt/models',
        ...(models && { MODEL_BUCKET: models.bucket.bucketName }),
        FACE_MODEL: props.faceModel,
        JUDGEMENTS: props.judgements ? 'on' : 'off',
        FOLD_QUEUE: queues.folds.queueUrl,
        PURGE_QUEUE: queues.purges.queueUrl,
        FOLD_AT: String(props.foldAt),
        VIDEO_RATE: String(props.rate),
        VIDEO_LANES: String(props.concurrency),
      },
      permissions: [
        ...useRecords(storage.table, STEPS),
        ...readShards(storage.shards),
        ...useKey(this, storage.key),
        ...invoke(scanners.functions),
        ...readImages(this, props.buckets),
        ...(models ? readModels(models) : []),
        ...writeResults(this.results),
        ...send(queues.folds),
        ...send(this.queue),
        ...publish(props.topics),
      ],
    });
    this.steps.function.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: 1,
        maxConcurrency: props.concurrency,
        reportBatchItemFailures: true,
      }),
    );
    const sweep: VideoStep = { step: 'sweep' };
    new Rule(this, 'Clock', {
      description: 'Starts the sweep of jobs on video',
      schedule: Schedule.rate(SWEEP_EVERY),
      targets: [new SqsQueue(this.queue, { message: RuleTargetInput.fromObject(sweep) })],
    });
  }

  /** What code that begins jobs, or answers for them, is told. */
  get environment(): Partial<Record<Variable, string>> {
    return {
      VIDEO_BUCKET: this.results.bucketName,
      VIDEO_QUEUE: this.queue.queueUrl,
      ...(this.topics.length > 0 && { VIDEO_TOPICS: this.topics.join(',') }),
    };
  }

  /** What it may do. */
  permissions(videos: 'start' | 'read' | undefined): Permission[] {
    if (videos === undefined) return [];
    return [...readResults(this.results), ...(videos === 'start' ? send(this.queue) : [])];
  }

  /** Nothing in it is worth keeping longer than the stack. */
  #bucket({ key }: Storage): Bucket {
    const bucket = new Bucket(this, 'Results', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      ...encrypted(key),
      enforceSSL: true,
      lifecycleRules: [{ expiration: KEPT }],
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Only functions of this stack read and write results, which go after eight days; an access log would outlive them.',
    });
    return bucket;
  }
}
