/** The addresses of a stack: which there are, what limits them, and who may use them. */
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { withoutVideo as operations } from '../../functions/operations.ts';
import { only, synthesise } from './template.ts';

const standard = synthesise();
const CERTIFICATE = 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d';

interface MethodSetting {
  readonly ResourcePath: string;
  readonly HttpMethod: string;
  readonly ThrottlingRateLimit: number;
  readonly ThrottlingBurstLimit: number;
}

/** One setting is of all routes, and says nothing of rates. */
const throttles = (synthesised: typeof standard) =>
  (
    only(synthesised, 'AWS::ApiGateway::Stage').Properties['MethodSettings'] as MethodSetting[]
  ).filter(({ ThrottlingRateLimit }) => ThrottlingRateLimit !== undefined);

describe('the address for SDKs', () => {
  it('is a function URL before the dispatcher, which checks by itself who calls', () => {
    standard.template.resourceCountIs('AWS::Lambda::Url', 1);
    standard.template.hasResourceProperties('AWS::Lambda::Url', {
      AuthType: 'NONE',
      TargetFunctionArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^FunctionsDispatcher'), 'Arn'] },
    });
    standard.template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunctionUrl',
      FunctionUrlAuthType: 'NONE',
      Principal: '*',
    });
    standard.template.hasOutput('SdkEndpoint', {
      Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('Url'), 'FunctionUrl'] },
    });
  });

  it('has a lid of its own, in an account that has room for one', () => {
    const lidded = synthesise({ sdkConcurrency: 7, reservedConcurrency: 3 });
    const limit = (name: string) =>
      only(lidded, 'AWS::Lambda::Function', `Functions${name}Function`).Properties[
        'ReservedConcurrentExecutions'
      ];
    expect([limit('Dispatcher'), limit('IndexFaces'), limit('ListFaces')]).toEqual([
      7,
      3,
      undefined,
    ]);
  });

  it('is kept warm when asked, several environments at the same time', () => {
    const warm = synthesise({ warm: 2 });
    const target = {
      Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^FunctionsDispatcher'), 'Arn'] },
      Input: '{"recollect":"warm"}',
    };
    warm.template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(5 minutes)',
      Targets: [Match.objectLike(target), Match.objectLike(target)],
    });
    standard.template.resourceCountIs('AWS::Events::Rule', 2);
  });
});

describe('API Gateway', () => {
  it('lets through 50 requests a second, whatever is asked for', () => {
    const settings = throttles(standard);
    expect(settings.map(({ ResourcePath }) => ResourcePath).sort()).toEqual(
      ['/', ...operations.map(({ name }) => `/~1${name}`)].sort(),
    );
    const total = settings.reduce((sum, { ThrottlingRateLimit }) => sum + ThrottlingRateLimit, 0);
    expect(total).toBeLessThanOrEqual(50);
    expect(total).toBeGreaterThan(49.9);
  });

  it.each([1, 10_000])('lets through as many as is said: %d', (requestsPerSecond) => {
    const settings = throttles(synthesise({ requestsPerSecond, corsOrigins: 'https://a.example' }));
    const total = settings.reduce((sum, { ThrottlingRateLimit }) => sum + ThrottlingRateLimit, 0);
    expect(total).toBeLessThanOrEqual(requestsPerSecond);
    expect(total).toBeGreaterThan(0.95 * requestsPerSecond);
    for (const one of settings) expect(one.ThrottlingBurstLimit).toBeGreaterThanOrEqual(1);
    expect(settings.map(({ HttpMethod }) => HttpMethod)).toContain('OPTIONS');
  });

  it('leaves the role that the account has for logs, unless it is asked for one', () => {
    standard.template.resourceCountIs('AWS::ApiGateway::Account', 0);
    const existing = synthesise({ accessLog: 'existing-role' });
    existing.template.resourceCountIs('AWS::ApiGateway::Account', 0);
    existing.template.hasResourceProperties('AWS::ApiGateway::Stage', {
      AccessLogSetting: { DestinationArn: Match.anyValue() },
    });
    const own = synthesise({ accessLog: 'new-role' });
    own.template.hasResource('AWS::ApiGateway::Account', {
      DeletionPolicy: 'RetainExceptOnCreate',
    });
  });

  it('is left out when asked, and all functions that only it reaches', () => {
    const without = synthesise({ gateway: false });
    without.template.resourceCountIs('AWS::ApiGateway::RestApi', 0);
    without.template.hasOutput('SdkEndpoint', {});
    expect(() => without.template.hasOutput('HttpEndpoint', {})).toThrow();
    expect(Object.keys(without.resources).filter((id) => /^FunctionsListFaces/.test(id))).toEqual(
      [],
    );
  });

  it('has a name of the owner when asked', () => {
    const named = synthesise({ domain: 'faces.example.org', certificate: CERTIFICATE });
    named.template.hasResourceProperties('AWS::ApiGateway::DomainName', {
      DomainName: 'faces.example.org',
      RegionalCertificateArn: CERTIFICATE,
      SecurityPolicy: 'TLS_1_2',
    });
    named.template.resourceCountIs('AWS::ApiGateway::BasePathMapping', 1);
    named.template.hasOutput('DomainTarget', {});
    expect(JSON.stringify(named.template.findOutputs('HttpEndpoint'))).toContain('https://');
  });
});

describe('web pages', () => {
  const pages = synthesise({ corsOrigins: 'https://app.example.org,http://localhost:5173' });
  const origins = ['https://app.example.org', 'http://localhost:5173'];

  it('may call nobody by default', () => {
    expect(only(standard, 'AWS::Lambda::Url').Properties).not.toHaveProperty('Cors');
    expect(JSON.stringify(standard.resources)).not.toContain('"HttpMethod":"OPTIONS"');
  });

  it('of named origins may call both addresses, and read every answer', () => {
    pages.template.hasResourceProperties('AWS::Lambda::Url', {
      Cors: {
        AllowOrigins: origins,
        AllowMethods: ['POST'],
        AllowHeaders: Match.arrayWith(['Authorization', 'X-Amz-Target']),
      },
    });
    const asked = Object.values(
      pages.template.findResources('AWS::ApiGateway::Method', {
        Properties: { HttpMethod: 'OPTIONS' },
      }),
    );
    expect(asked).toHaveLength(operations.length + 1);
    const { Properties } = only(pages, 'AWS::Lambda::Function', 'FunctionsListFacesFunction');
    expect(Properties['Environment']).toMatchObject({
      Variables: { CORS_ORIGINS: origins.join(',') },
    });
    pages.template.allResourcesProperties('AWS::ApiGateway::GatewayResponse', {
      ResponseParameters: Match.objectLike({
        'gatewayresponse.header.Access-Control-Allow-Origin': "'*'",
      }),
    });
  });
});

describe('allowed addresses', () => {
  const some = synthesise({ allowedAddresses: ['203.0.113.0/24', '2001:db8::/32'] });

  it('are checked by API Gateway, and by the function, which has an address of its own', () => {
    some.template.hasResourceProperties('AWS::ApiGateway::RestApi', {
      Policy: {
        Statement: [
          Match.objectLike({ Effect: 'Allow', Action: 'execute-api:Invoke' }),
          Match.objectLike({
            Effect: 'Deny',
            Condition: {
              NotIpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '2001:db8::/32'] },
            },
          }),
        ],
      },
    });
    const { Properties } = only(some, 'AWS::Lambda::Function', 'FunctionsDispatcherFunction');
    expect(Properties['Environment']).toMatchObject({
      Variables: { ALLOWED_ADDRESSES: '203.0.113.0/24,2001:db8::/32' },
    });
  });
});

describe("a key of the owner's", () => {
  it.each([
    [
      'alias/faces',
      'alias/faces',
      { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/faces' } },
    ],
    [
      'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
      'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
      undefined,
    ],
  ])('encrypts table and buckets: %s', (key, named, condition) => {
    const own = synthesise({ key, uploads: true });
    for (const { Type, Properties } of Object.values(own.resources)) {
      if (Type !== 'AWS::S3::Bucket') continue;
      expect(JSON.stringify(Properties['BucketEncryption'])).toContain('aws:kms');
      expect(JSON.stringify(Properties['BucketEncryption'])).toContain(named);
    }
    const table = only(own, 'AWS::DynamoDB::GlobalTable').Properties;
    expect(JSON.stringify(table['Replicas'])).toContain(named);
    for (const name of ['FunctionsListFaces', 'BackgroundFold', 'UploadsIngest', 'Scanners']) {
      const role = only(own, 'AWS::IAM::Role', `${name}Role`);
      expect(role.Properties['Policies']).toMatchObject([
        {
          PolicyDocument: {
            Statement: expect.arrayContaining([
              expect.objectContaining({
                Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
                ...(condition && { Condition: condition }),
              }),
            ]),
          },
        },
      ]);
    }
    // Looks at photographs alone.
    const { Properties } = only(own, 'AWS::IAM::Role', 'FunctionsDetectFacesRole');
    expect(JSON.stringify(Properties)).not.toContain('kms:');
  });
});

describe('a stack', () => {
  it('has room for a quarter more operations, with everything that can be asked for', () => {
    const full = synthesise({
      uploads: true,
      video: true,
      scanners: 32,
      alarmEmail: 'owner@example.org',
      corsOrigins: 'https://app.example.org',
      accessLog: 'new-role',
      domain: 'faces.example.org',
      certificate: CERTIFICATE,
      warm: 1,
    });
    const count = Object.keys(full.resources).length;
    const ofOne = Object.keys(full.resources).filter((id) => /ListFaces/.test(id)).length;
    expect(count + Math.ceil(operations.length / 4) * ofOne).toBeLessThan(500);
  });

  it('leaves nothing behind when it could not be made, and its data when it is destroyed', () => {
    const kept = Object.values(synthesise({ uploads: true }).resources).filter(
      ({ UpdateReplacePolicy }) => UpdateReplacePolicy === 'Retain',
    );
    expect(kept.map(({ Type, DeletionPolicy }) => [Type, DeletionPolicy])).toEqual([
      ['AWS::DynamoDB::GlobalTable', 'RetainExceptOnCreate'],
      ['AWS::S3::Bucket', 'RetainExceptOnCreate'],
      ['AWS::S3::Bucket', 'RetainExceptOnCreate'],
    ]);
  });
});
