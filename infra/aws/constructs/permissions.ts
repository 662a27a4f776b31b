/**
 * What a function may do, statement by statement: exactly the actions that its code calls, on exactly the
 * resources of this stack.
 */
import { Stack } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IAlias, IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Afterwards } from '../../../functions/uploads/afterwards.ts';
import type { RecordAction } from '../../../layers/protocol/index.ts';
import { SWEEP } from '../../../layers/records/index.ts';
import type { Models } from './models.ts';

export interface Permission {
  readonly statement: PolicyStatement;
  /** For one that names all objects under a prefix: the finding of cdk-nag, and why it is right. */
  readonly wildcard?: { readonly id: string; readonly reason: string };
}

/** The named actions on the table, none if none is named. */
export function useRecords({ tableArn }: TableV2, actions: readonly RecordAction[]): Permission[] {
  if (actions.length === 0) return [];
  return [
    allow(
      actions.map((action) => `dynamodb:${action}`),
      tableArn,
    ),
  ];
}

/** Adding lines to the trail, which takes finding its end; no right to alter or delete one. */
export function appendAudit({ tableArn }: TableV2): Permission[] {
  return [allow(['dynamodb:PutItem', 'dynamodb:Query'], tableArn)];
}

/** What finding and deleting the items of a generation takes. */
export function purgeRecords({ tableArn }: TableV2): Permission[] {
  const lease = ['dynamodb:GetItem', 'dynamodb:PutItem'];
  return [allow(['dynamodb:Query', 'dynamodb:BatchWriteItem', ...lease], tableArn)];
}

/** What reading all collections takes, and the note of who sweeps. */
export function sweepRecords(table: TableV2): Permission[] {
  const { tableArn } = table;
  const statement = new PolicyStatement({
    actions: ['dynamodb:PutItem'],
    resources: [tableArn],
    conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [SWEEP.pk] } },
  });
  return [...useRecords(table, ['GetItem', 'Query']), { statement }];
}

/** Without ListBucket, S3 calls a shard that is not there "access denied", and nobody knew what is wrong. */
export function readShards(bucket: Bucket): Permission[] {
  return [shards(bucket, 's3:GetObject'), allow(['s3:ListBucket'], bucket.bucketArn)];
}

export function writeShards(bucket: Bucket): Permission[] {
  return [
    shards(bucket, 's3:GetObject', 's3:PutObject', 's3:DeleteObject'),
    allow(['s3:ListBucket'], bucket.bucketArn),
  ];
}

export function deleteShards(bucket: Bucket): Permission[] {
  return [shards(bucket, 's3:DeleteObject'), allow(['s3:ListBucket'], bucket.bucketArn)];
}

/** The networks that are named, one by one. Without ListBucket, S3 says of one that is not there "access denied". */
export function readModels({ bucket, keys }: Models): Permission[] {
  return keys.map((key) => allow(['s3:GetObject'], bucket.arnForObjects(key)));
}

/** Photographs of the named buckets; of none, if none is named. */
export function readImages(scope: Construct, buckets: readonly string[]): Permission[] {
  const { partition } = Stack.of(scope);
  return buckets.map((name) => ({
    ...allow(['s3:GetObject', 's3:GetObjectVersion'], `arn:${partition}:s3:::${name}/*`),
    wildcard: {
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::${name}/*]`,
      reason: 'The owner named this bucket as one whose photographs callers may name.',
    },
  }));
}

/**
 * The photographs of the upload bucket, and what is done with them once they are indexed. Without ListBucket,
 * S3 calls an object that has been deleted meanwhile "access denied".
 */
export function takeUploads(bucket: Bucket, afterwards: Afterwards): Permission[] {
  const more = {
    keep: [],
    tag: ['s3:GetObjectTagging', 's3:PutObjectTagging'],
    delete: ['s3:DeleteObject'],
  }[afterwards];
  const reason = 'Photographs have the names that their owners give them.';
  return [
    objects(bucket, reason, 's3:GetObject', ...more),
    allow(['s3:ListBucket'], bucket.bucketArn),
  ];
}

/** Events on the default event bus. */
export function putEvents(scope: Construct): Permission[] {
  const { partition, region, account } = Stack.of(scope);
  return [
    allow(['events:PutEvents'], `arn:${partition}:events:${region}:${account}:event-bus/default`),
  ];
}

export function send({ queueArn }: Queue): Permission[] {
  return [allow(['sqs:SendMessage'], queueArn)];
}

export function invoke(functions: readonly IFunction[]): Permission[] {
  return functions.map(({ functionArn }) => allow(['lambda:InvokeFunction'], functionArn));
}

/**
 * The access keys under a path of Parameter Store. They are encrypted with the AWS managed key, whose own
 * policy lets whoever may read the parameter decrypt it.
 */
export function readKeys(scope: Construct, path: string): Permission[] {
  const parameters = `${path.replace(/^\//, '')}/*`;
  const arn = Stack.of(scope).formatArn({
    service: 'ssm',
    resource: 'parameter',
    resourceName: parameters,
  });
  return [
    {
      ...allow(['ssm:GetParameter'], arn),
      wildcard: {
        id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/${parameters}]`,
        reason: 'Access keys are made after the stack is deployed; the path holds nothing else.',
      },
    },
  ];
}

/** A parameter of Parameter Store that is made at its first use. */
export function makeParameter(scope: Construct, name: string): Permission[] {
  const resourceName = name.replace(/^\//, '');
  const arn = Stack.of(scope).formatArn({ service: 'ssm', resource: 'parameter', resourceName });
  return [allow(['ssm:GetParameter', 'ssm:PutParameter'], arn)];
}

/**
 * What reading and writing what is encrypted with the owner's key takes. Of an alias the key is known only to
 * AWS: the policy allows all keys that have this alias.
 */
export function useKey(scope: Construct, key: IKey | undefined): Permission[] {
  if (key === undefined) return [];
  const actions = ['kms:Decrypt', 'kms:GenerateDataKey'];
  if (!isAlias(key)) return [allow(actions, key.keyArn)];
  const { partition, region, account } = Stack.of(scope);
  const resource = `arn:${partition}:kms:${region}:${account}:key/*`;
  const statement = new PolicyStatement({
    actions,
    resources: [resource],
    conditions: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': key.aliasName } },
  });
  const reason = 'Only keys that have the alias which the owner named.';
  return [
    {
      statement,
      wildcard: {
        id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:kms:<AWS::Region>:<AWS::AccountId>:key/*]',
        reason,
      },
    },
  ];
}

function isAlias(key: IKey): key is IAlias {
  return 'aliasName' in key;
}

/** The results of jobs on video. Without ListBucket, S3 calls one that has gone "access denied". */
export function readResults(bucket: Bucket): Permission[] {
  return [results(bucket, 's3:GetObject'), allow(['s3:ListBucket'], bucket.bucketArn)];
}

export function writeResults(bucket: Bucket): Permission[] {
  return [
    results(bucket, 's3:GetObject', 's3:PutObject', 's3:DeleteObject'),
    allow(['s3:ListBucket'], bucket.bucketArn),
  ];
}

/** Messages to the named topics. */
export function publish(topics: readonly string[]): Permission[] {
  return topics.map((arn) => allow(['sns:Publish'], arn));
}

function results(bucket: Bucket, ...actions: string[]): Permission {
  const reason =
    'Results are named after jobs that do not exist yet; the bucket holds nothing else.';
  return objects(bucket, reason, ...actions);
}

function allow(actions: readonly string[], resource: string): Permission {
  return { statement: new PolicyStatement({ actions: [...actions], resources: [resource] }) };
}

function shards(bucket: Bucket, ...actions: string[]): Permission {
  const reason = 'Shards are named when they are written; the bucket holds nothing else.';
  return objects(bucket, reason, ...actions);
}

function objects(bucket: Bucket, reason: string, ...actions: string[]): Permission {
  const resource = bucket.node.defaultChild;
  const logicalId = resource instanceof CfnBucket ? Stack.of(bucket).getLogicalId(resource) : '';
  return {
    ...allow(actions, bucket.arnForObjects('*')),
    wildcard: {
      id: `AwsSolutions-IAM5[Resource::<${logicalId}.Arn>/*]`,
      reason,
    },
  };
}
