/** The upload bucket of the stack, what S3 tells, and who may do what with it. */
import { App, type Stack, Validations } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { only, permissions, synthesise } from './template.ts';

const none = synthesise();
const standard = synthesise({ uploads: true });
const tagging = synthesise({ uploads: true, afterUpload: 'tag', retainData: true });
const deleting = synthesise({
  uploads: true,
  afterUpload: 'delete',
  createCollections: true,
  uploadConcurrency: 17,
});
const { template } = standard;

const onUploads = (synthesised: typeof standard) =>
  permissions(synthesised, 'Ingest')
    .filter((permission) => permission.startsWith('s3:'))
    .sort();

describe('without uploads', () => {
  it('there is nothing of them', () => {
    none.template.resourceCountIs('AWS::S3::Bucket', 1);
    none.template.resourceCountIs('AWS::SQS::Queue', 4);
    expect(Object.keys(none.resources).filter((id) => id.startsWith('Uploads'))).toEqual([]);
  });
});

describe('the upload bucket', () => {
  const bucket = only(standard, 'AWS::S3::Bucket', 'UploadsBucket');

  it('is private, encrypted and tells the queue of objects that come and go', () => {
    expect(bucket.Properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
        ],
      },
      NotificationConfiguration: {
        QueueConfigurations: [
          's3:ObjectCreated:*',
          's3:ObjectRemoved:*',
          's3:LifecycleExpiration:*',
        ].map((Event) => ({
          Event,
          Queue: { 'Fn::GetAtt': [expect.stringMatching('^UploadsQueue'), 'Arn'] },
        })),
      },
    });
    expect(bucket.DeletionPolicy).toBe('RetainExceptOnCreate');
  });

  it('is made after S3 may send to the queue, which checks it', () => {
    const [policy] = Object.entries(
      template.findResources('AWS::SQS::QueuePolicy', {
        Properties: { Queues: [{ Ref: Match.stringLikeRegexp('^UploadsQueue') }] },
      }),
    );
    expect(policy?.[1]['Properties']['PolicyDocument']['Statement']).toContainEqual({
      Effect: 'Allow',
      Action: 'sqs:SendMessage',
      Principal: { Service: 's3.amazonaws.com' },
      Resource: { 'Fn::GetAtt': [expect.stringMatching('^UploadsQueue'), 'Arn'] },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    });
    const { DependsOn } = bucket as unknown as { DependsOn: string[] };
    expect(DependsOn).toContain(policy?.[0]);
    // Two policies of one queue would take turns.
    template.resourceCountIs('AWS::SQS::QueuePolicy', 6);
  });

  it('does not tell of removals where the function itself removes', () => {
    const { NotificationConfiguration } = only(deleting, 'AWS::S3::Bucket', 'UploadsBucket')
      .Properties as { NotificationConfiguration: { QueueConfigurations: { Event: string }[] } };
    expect(NotificationConfiguration.QueueConfigurations.map(({ Event }) => Event)).toEqual([
      's3:ObjectCreated:*',
    ]);
  });
});

describe('the queue of uploads', () => {
  const timeout = (synthesised: typeof standard) =>
    only(synthesised, 'AWS::Lambda::Function', 'UploadsIngestFunction').Properties['Timeout'];

  it('hides a message six times as long as the function may run, and gives up after five', () => {
    const { Properties } = only(standard, 'AWS::SQS::Queue', 'UploadsQueue');
    expect(Properties).toMatchObject({
      QueueName: 'Recollect-uploads',
      VisibilityTimeout: 6 * Number(timeout(standard)),
      RedrivePolicy: {
        maxReceiveCount: 5,
        deadLetterTargetArn: {
          'Fn::GetAtt': [expect.stringMatching('^UploadsDeadLetters'), 'Arn'],
        },
      },
    });
    expect(only(standard, 'AWS::SQS::Queue', 'UploadsDeadLetters').Properties).toMatchObject({
      QueueName: 'Recollect-dead-uploads',
      MessageRetentionPeriod: 14 * 24 * 60 * 60,
    });
  });

  it.each([
    ['the default', standard, 5],
    ['a setting', deleting, 17],
  ])('has no more functions at once than %s says, and partial answers', (_, stack, concurrency) => {
    stack.template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 5,
      FunctionName: { Ref: Match.stringLikeRegexp('^UploadsIngestFunction') },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: concurrency },
    });
  });

  it('has dead letters that an alarm watches', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Threshold: 0,
      Dimensions: [
        {
          Name: 'QueueName',
          Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('^UploadsDeadLetters'), 'QueueName'] },
        },
      ],
    });
  });
});

describe('the function behind it', () => {
  it('may do exactly what it must', () => {
    const records = [
      'GetItem',
      'BatchGetItem',
      'Query',
      'PutItem',
      'UpdateItem',
      'DeleteItem',
      'ConditionCheckItem',
    ].map((action) => `dynamodb:${action} StorageRecords`);
    const receive = [
      'ReceiveMessage',
      'ChangeMessageVisibility',
      'GetQueueUrl',
      'DeleteMessage',
      'GetQueueAttributes',
    ].map((action) => `sqs:${action} UploadsQueue`);
    expect(permissions(standard, 'Ingest')).toEqual(
      [
        ...records,
        ...receive,
        's3:GetObject UploadsBucket/*',
        's3:ListBucket UploadsBucket',
        'sqs:SendMessage QueuesFolds',
        'sqs:SendMessage UploadsDeadLetters',
        'events:PutEvents arn:Partition:events:Region:AccountId:event-bus/default',
        'logs:CreateLogStream UploadsIngestLogs',
        'logs:PutLogEvents UploadsIngestLogs',
      ].sort(),
    );
  });

  it('may not change the bucket, unless it tags or deletes', () => {
    expect(onUploads(standard).join()).not.toMatch(/Put|Delete|Restore|Abort/);
    expect(onUploads(tagging)).toEqual(
      [
        's3:GetObject UploadsBucket/*',
        's3:GetObjectTagging UploadsBucket/*',
        's3:ListBucket UploadsBucket',
        's3:PutObjectTagging UploadsBucket/*',
      ].sort(),
    );
    expect(onUploads(deleting)).toEqual(
      [
        's3:DeleteObject UploadsBucket/*',
        's3:GetObject UploadsBucket/*',
        's3:ListBucket UploadsBucket',
      ].sort(),
    );
  });

  it('knows the settings', () => {
    const environment = (synthesised: typeof standard) =>
      only(synthesised, 'AWS::Lambda::Function', 'UploadsIngestFunction').Properties['Environment'];
    expect(environment(standard)).toMatchObject({
      Variables: { CREATE_COLLECTIONS: 'false', AFTER_UPLOAD: 'keep', UPLOAD_ATTEMPTS: '5' },
    });
    expect(environment(deleting)).toMatchObject({
      Variables: { CREATE_COLLECTIONS: 'true', AFTER_UPLOAD: 'delete' },
    });
  });
});

it.each([
  ['keep', standard],
  ['tag', tagging],
  ['delete', deleting],
])('passes the AWS Solutions checks: %s', (_, { stack }) => {
  expect(() => check(stack)).not.toThrow();
});

function check(stack: Stack): void {
  Validations.of(stack.node.root).addPlugins(new AwsSolutionsChecks(stack.node.root));
  App.of(stack)?.synth({ force: true });
}
