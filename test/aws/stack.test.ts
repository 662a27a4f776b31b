/** Storage, queues, alarms, the API's own answers, settings, and what cdk-nag says of it all. */
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { only, permissions, synthesise } from './template.ts';

const standard = synthesise({ imageBuckets: ['photos'] });
const { template, resources } = standard;

describe('the stack', () => {
  it('lets nobody do anything to all resources, and writes no policy for everybody', () => {
    for (const { Type, Properties } of Object.values(resources)) {
      if (Type !== 'AWS::IAM::Policy' && Type !== 'AWS::IAM::Role') continue;
      expect(JSON.stringify(Properties)).not.toMatch(
        /"(Resource|Action|NotAction|NotResource)":("\*"|\["\*")/,
      );
    }
  });

  it('fits into a new account', () => {
    for (const { Type, Properties } of Object.values(resources)) {
      if (Type !== 'AWS::Lambda::Function') continue;
      expect(Number(Properties['MemorySize'])).toBeLessThanOrEqual(3008);
      expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
    }
  });

  it('has a private, encrypted bucket that takes TLS only', () => {
    const bucket = only(standard, 'AWS::S3::Bucket');
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
      LifecycleConfiguration: {
        Rules: [{ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' }],
      },
    });
    expect(bucket.Properties).not.toHaveProperty('VersioningConfiguration');
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Effect: 'Deny',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ],
      },
    });
  });

  it('has a table that can be restored and forgets what has expired', () => {
    expect(only(standard, 'AWS::DynamoDB::GlobalTable').Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
      Replicas: [
        {
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      ],
    });
  });

  it.each([
    { data: 'kept', policies: ['RetainExceptOnCreate', 'Retain'], synthesised: standard },
    {
      data: 'given up',
      policies: ['Delete', 'Delete'],
      synthesised: synthesise({ retainData: false, deletionProtection: false }),
    },
  ])('leaves data when destroyed, or not: $data', ({ policies, synthesised }) => {
    for (const type of ['AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket']) {
      const { DeletionPolicy, UpdateReplacePolicy } = only(synthesised, type);
      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(policies);
    }
  });

  it('moves what fails again and again to queues that alarms watch', () => {
    for (const [queue, dead] of [
      ['QueuesFolds', 'QueuesDeadFolds'],
      ['QueuesPurges', 'QueuesDeadPurges'],
    ] as const) {
      expect(only(standard, 'AWS::SQS::Queue', queue).Properties).toMatchObject({
        RedrivePolicy: {
          maxReceiveCount: 5,
          deadLetterTargetArn: { 'Fn::GetAtt': [expect.stringMatching(`^${dead}`), 'Arn'] },
        },
      });
      template.hasResourceProperties('AWS::CloudWatch::Alarm', {
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Dimensions: [
          {
            Name: 'QueueName',
            Value: { 'Fn::GetAtt': [Match.stringLikeRegexp(`^${dead}`), 'QueueName'] },
          },
        ],
      });
    }
    expect(only(standard, 'AWS::SQS::Queue', 'QueuesFolds').Properties).toMatchObject({
      FifoQueue: true,
    });
  });

  it('keeps every log for 30 days, then not', () => {
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
    template.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete' });
  });

  it.each([
    // Lambda refused: 429, or more than its 6 MiB.
    ['INTEGRATION_FAILURE', '429', 'ThrottlingException'],
    ['THROTTLED', '429', 'ThrottlingException'],
    ['ACCESS_DENIED', '403', 'AccessDeniedException'],
    ['DEFAULT_5XX', '500', 'InternalServerError'],
    ['INTEGRATION_TIMEOUT', '504', 'InternalServerError'],
  ])('answers %s in the words of SDKs', (ResponseType, StatusCode, type) => {
    const [response] = Object.values(
      template.findResources('AWS::ApiGateway::GatewayResponse', { Properties: { ResponseType } }),
    );
    const { ResponseTemplates, ResponseParameters, ...rest } = response!['Properties'];
    expect(rest).toMatchObject({ StatusCode });
    expect(JSON.parse(ResponseTemplates['application/json'])).toEqual({
      __type: type,
      message: expect.any(String),
    });
    expect(ResponseParameters['gatewayresponse.header.x-amzn-ErrorType']).toBe(`'${type}'`);
  });

  it('says of what Lambda refused what to do, whichever it was', () => {
    const answer = JSON.stringify(
      template.findResources('AWS::ApiGateway::GatewayResponse', {
        Properties: { ResponseType: 'INTEGRATION_FAILURE' },
      }),
    );
    expect(answer).toContain('try again');
    expect(answer).toContain('Image.S3Object');
  });

  it('prints the addresses and what to do next', () => {
    template.hasOutput('SdkEndpoint', {});
    template.hasOutput('HttpEndpoint', {});
    template.hasOutput('Next', { Value: 'npx recollect keys create --stack Recollect' });
  });
});

describe('settings', () => {
  const other = synthesise({
    stackName: 'Other',
    architecture: 'x64',
    memory: 3008,
    foldTail: 2000,
    foldRewrites: 4,
    foldMemory: 2048,
    reservedConcurrency: 5,
    tracing: true,
    alarmEmail: 'owner@example.org',
    logRetentionDays: 7,
  });

  it('reach the functions', () => {
    expect(
      only(other, 'AWS::Lambda::Function', 'FunctionsIndexFacesFunction').Properties,
    ).toMatchObject({
      Architectures: ['x86_64'],
      MemorySize: 3008,
      ReservedConcurrentExecutions: 5,
      TracingConfig: { Mode: 'Active' },
    });
    expect(
      only(other, 'AWS::Lambda::Function', 'FunctionsListFacesFunction').Properties,
    ).not.toHaveProperty('ReservedConcurrentExecutions');
    expect(only(other, 'AWS::Lambda::LayerVersion').Properties).toMatchObject({
      CompatibleArchitectures: ['x86_64'],
    });
  });

  it('tell functions that run models, and no others, whether to judge, and one to serve the console', () => {
    const silent = synthesise({ judgements: false, console: true });
    for (const [synthesised, JUDGEMENTS] of [
      [standard, 'on'],
      [silent, 'off'],
    ] as const) {
      for (const name of ['DetectFaces', 'IndexFaces', 'Dispatcher']) {
        const { Properties } = only(
          synthesised,
          'AWS::Lambda::Function',
          `Functions${name}Function`,
        );
        expect(Properties['Environment']).toMatchObject({ Variables: { JUDGEMENTS } });
      }
      const { Properties } = only(
        synthesised,
        'AWS::Lambda::Function',
        'FunctionsListFacesFunction',
      );
      expect(Properties['Environment']).not.toHaveProperty('Variables.JUDGEMENTS');
    }
    const consoleOf = (from: typeof silent, name: string) =>
      only(from, 'AWS::Lambda::Function', `Functions${name}Function`).Properties['Environment'];
    expect(consoleOf(silent, 'Dispatcher')).toMatchObject({ Variables: { CONSOLE: 'on' } });
    expect(consoleOf(silent, 'DetectFaces')).not.toHaveProperty('Variables.CONSOLE');
    expect(consoleOf(standard, 'Dispatcher')).not.toHaveProperty('Variables.CONSOLE');
    silent.template.hasOutput('Console', {});
  });

  it('tell the function that folds how much of it one fold may take', () => {
    const fold = (from: typeof standard) =>
      only(from, 'AWS::Lambda::Function', 'BackgroundFoldFunction').Properties;
    expect(fold(standard)).toMatchObject({
      MemorySize: 1769,
      Environment: { Variables: { FOLD_TAIL: '100000', FOLD_REWRITES: '16' } },
    });
    expect(fold(other)).toMatchObject({
      MemorySize: 2048,
      Environment: { Variables: { FOLD_TAIL: '2000', FOLD_REWRITES: '4' } },
    });
  });

  it('keep the keys of two stacks apart', () => {
    expect(permissions(other, 'ListFaces').join()).toContain('parameter/recollect/Other/keys/*');
    expect(permissions(other, 'ListFaces').join()).not.toContain('Recollect');
  });

  it('without image buckets let nobody read a photograph in S3', () => {
    expect(permissions(other, 'DetectFaces').filter((one) => one.startsWith('s3:'))).toEqual([]);
  });

  it('tell an owner of alarms', () => {
    other.template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'owner@example.org',
    });
    other.template.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [{ Ref: Match.stringLikeRegexp('^MonitoringTopic') }],
    });
  });

  it.each(
    [
      { imageBuckets: ['photos'] },
      { tracing: true, alarmEmail: 'owner@example.org', reservedConcurrency: 5, warm: 1 },
      {
        accessLog: 'new-role',
        corsOrigins: 'https://app.example.org',
        allowedAddresses: '203.0.113.7',
        key: 'alias/faces',
        uploads: true,
        domain: 'faces.example.org',
        certificate: 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d',
      },
      { gateway: false },
      {
        imageBuckets: ['clips'],
        video: true,
        videoTopics: 'arn:aws:sns:eu-central-1:123456789012:done',
        key: 'alias/faces',
      },
    ].map((context) => ({ context, ...synthesise(context) })),
  )('with $context pass the AWS Solutions checks', ({ stack }) => {
    expect(() => check(stack)).not.toThrow();
  });

  it('would not pass them with a bucket that anybody may read over HTTP', () => {
    const stack = new Stack(new App({ builtinCloudFormationValidation: false }), 'Careless');
    new Bucket(stack, 'Bucket');
    expect(() => check(stack)).toThrow(/server access logs disabled/);
  });
});

function check(stack: Stack): void {
  Validations.of(stack.node.root).addPlugins(new AwsSolutionsChecks(stack.node.root));
  App.of(stack)?.synth({ force: true });
}
