/** The functions that no request waits for: folding and purging by message, sweeping and erasing by the clock. */
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import type { RecordAction } from '../../../layers/protocol/index.ts';
import {
  deleteShards,
  purgeRecords,
  readShards,
  send,
  sweepRecords,
  useKey,
  useRecords,
  writeShards,
} from './permissions.ts';
import type { Queues } from './queues.ts';
import { FOLD_TIMEOUT, PURGE_TIMEOUT } from './queues.ts';
import type { RuntimeSettings } from './runtime-function.ts';
import { RuntimeFunction } from './runtime-function.ts';
import type { Storage } from './storage.ts';

export interface BackgroundFunctionsProps {
  readonly settings: RuntimeSettings;
  readonly storage: Storage;
  readonly queues: Queues;
  /** MB of the fold, which holds the shards that it merges. */
  readonly memory: number;
  readonly foldAt: number;
  readonly foldTail: number;
  readonly foldRewrites: number;
}

const SWEEP_EVERY = Duration.minutes(15);
const SWEEP_TIMEOUT = Duration.minutes(5);
const ERASE_EVERY = Duration.minutes(15);
const ERASE_TIMEOUT = Duration.minutes(15);
const SMALL_MEMORY = 512;

/** Folds of different collections at once; the least that SQS allows is 2. */
const PARALLEL_FOLDS = 5;
const PARALLEL_PURGES = 2;

/** What folding does with the records: it reads them, puts manifests in place of others, and takes entries of tails away. */
const FOLDS: readonly RecordAction[] = [
  'BatchGetItem',
  'BatchWriteItem',
  'ConditionCheckItem',
  'GetItem',
  'PutItem',
  'Query',
];

/** What deleting what has expired, and following deletions, does with them. */
const ERASES: readonly RecordAction[] = [...FOLDS, 'DeleteItem', 'UpdateItem'];

export class BackgroundFunctions extends Construct {
  readonly fold: RuntimeFunction;
  readonly purge: RuntimeFunction;
  readonly sweep: RuntimeFunction;
  readonly erase: RuntimeFunction;

  constructor(scope: Construct, id: string, props: BackgroundFunctionsProps) {
    super(scope, id);
    const { settings, storage, queues, memory, foldAt } = props;
    const { table, shards } = storage;
    const tableAndShards = { TABLE: table.tableName, SHARD_BUCKET: shards.bucketName };

    this.fold = new RuntimeFunction(this, 'Fold', {
      settings,
      description: 'Folds tails into shards',
      memory,
      timeout: FOLD_TIMEOUT,
      environment: {
        ...tableAndShards,
        FOLD_TAIL: String(props.foldTail),
        FOLD_REWRITES: String(props.foldRewrites),
      },
      permissions: [
        ...useRecords(table, FOLDS),
        ...writeShards(shards),
        ...useKey(this, storage.key),
      ],
    });
    this.fold.function.addEventSource(
      new SqsEventSource(queues.folds, {
        batchSize: 1,
        maxConcurrency: PARALLEL_FOLDS,
        reportBatchItemFailures: true,
      }),
    );

    this.purge = new RuntimeFunction(this, 'Purge', {
      settings,
      description: 'Takes away what is left of deleted collections',
      memory: SMALL_MEMORY,
      timeout: PURGE_TIMEOUT,
      environment: { ...tableAndShards, PURGE_QUEUE: queues.purges.queueUrl },
      permissions: [
        ...purgeRecords(table),
        ...deleteShards(shards),
        ...send(queues.purges),
        ...useKey(this, storage.key),
      ],
    });
    this.purge.function.addEventSource(
      new SqsEventSource(queues.purges, {
        batchSize: 1,
        maxConcurrency: PARALLEL_PURGES,
        reportBatchItemFailures: true,
      }),
    );

    this.sweep = new RuntimeFunction(this, 'Sweep', {
      settings,
      description:
        'Asks for folds and purges that are overdue, measures both, and collects garbage',
      memory: SMALL_MEMORY,
      timeout: SWEEP_TIMEOUT,
      environment: {
        ...tableAndShards,
        FOLD_QUEUE: queues.folds.queueUrl,
        PURGE_QUEUE: queues.purges.queueUrl,
        FOLD_AT: String(foldAt),
      },
      permissions: [
        ...sweepRecords(table),
        ...deleteShards(shards),
        ...send(queues.folds),
        ...send(queues.purges),
        ...useKey(this, storage.key),
      ],
    });
    new Rule(this, 'Clock', {
      description: 'Starts the sweep',
      schedule: Schedule.rate(SWEEP_EVERY),
      targets: [new LambdaFunction(this.sweep.function)],
    });

    this.erase = new RuntimeFunction(this, 'Erase', {
      settings,
      description: 'Deletes expired faces, follows deletions, and writes their receipts',
      memory: SMALL_MEMORY,
      timeout: ERASE_TIMEOUT,
      environment: {
        ...tableAndShards,
        FOLD_QUEUE: queues.folds.queueUrl,
        PURGE_QUEUE: queues.purges.queueUrl,
        FOLD_AT: String(foldAt),
      },
      permissions: [
        ...useRecords(table, ERASES),
        ...readShards(shards),
        ...send(queues.folds),
        ...useKey(this, storage.key),
      ],
    });
    new Rule(this, 'EraseClock', {
      description: 'Starts the following of deletions',
      schedule: Schedule.rate(ERASE_EVERY),
      targets: [new LambdaFunction(this.erase.function)],
    });
  }
}
