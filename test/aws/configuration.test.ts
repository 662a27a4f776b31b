import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, readConfiguration } from '../../infra/aws/configuration.ts';

const DEFAULTS = {
  stackName: 'Recollect',
  architecture: 'arm64',
  memory: 1769,
  imageBuckets: [],
  foldAt: 500,
  foldTail: 100_000,
  foldRewrites: 16,
  foldMemory: 1769,
  scanners: 8,
  fanOutAt: 295,
  sdk: 'function-url',
  webRate: 100,
  webEnvironments: 2,
  sdkConcurrency: undefined,
  gateway: true,
  requestsPerSecond: 50,
  accessLog: 'none',
  domain: undefined,
  certificate: undefined,
  corsOrigins: [],
  allowedAddresses: [],
  key: undefined,
  warm: 0,
  judgements: true,
  console: false,
  auditDays: 0,
  faceModels: [],
  faceModel: undefined,
  data: './.recollect',
  reservedConcurrency: undefined,
  uploads: false,
  uploadConcurrency: 5,
  createCollections: false,
  afterUpload: 'keep',
  video: false,
  videoRate: 5,
  videoConcurrency: 10,
  videoTopics: [],
  retainData: true,
  deletionProtection: true,
  logRetentionDays: 30,
  tracing: false,
  alarmEmail: undefined,
  budget: undefined,
};

function problems(context: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    readConfiguration(context);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('the settings of a stack', () => {
  it('have defaults', () => {
    expect(readConfiguration({})).toEqual(DEFAULTS);
  });

  it('may be those of cdk.json as it is', async () => {
    const file = path.resolve(import.meta.dirname, '../../cdk.json');
    const { context } = JSON.parse(await readFile(file, 'utf8'));
    expect(readConfiguration(context)).toEqual(DEFAULTS);
  });

  it('may be texts, as the command line has them', () => {
    const settings = {
      memory: '3008',
      tracing: 'true',
      judgements: 'false',
      retainData: 'false',
      deletionProtection: 'false',
      imageBuckets: 'photos,more-photos,photos',
      reservedConcurrency: '5',
      'aws:cdk:enable-path-metadata': true,
      '@aws-cdk/aws-iam:minimizePolicies': true,
    };
    expect(readConfiguration(settings)).toEqual({
      ...DEFAULTS,
      memory: 3008,
      foldMemory: 3008,
      fanOutAt: 501,
      tracing: true,
      judgements: false,
      retainData: false,
      deletionProtection: false,
      imageBuckets: ['photos', 'more-photos'],
      reservedConcurrency: 5,
    });
  });

  it.each([
    ['stackName', '1st'],
    ['stackName', 7],
    ['architecture', 'sparc'],
    ['memory', 1023],
    ['memory', 10_241],
    ['memory', 1769.5],
    ['memory', 'much'],
    ['imageBuckets', ['Photos']],
    ['imageBuckets', 'photos/*'],
    ['imageBuckets', ['*']],
    ['foldAt', 0],
    ['foldTail', 999],
    ['foldTail', 1_000_001],
    ['foldRewrites', 0],
    ['foldMemory', 512],
    ['requestsPerSecond', -1],
    ['sdkConcurrency', 0],
    ['gateway', null],
    ['accessLog', true],
    ['corsOrigins', '*'],
    ['corsOrigins', 'https://example.org/path'],
    ['allowedAddresses', '203.0.113.0/33'],
    ['allowedAddresses', 'example.org'],
    ['key', 'faces'],
    ['warm', 6],
    ['budget', 0],
    ['judgements', 'off'],
    ['reservedConcurrency', 0],
    ['uploads', 'on'],
    ['uploadConcurrency', 1],
    ['uploadConcurrency', 1001],
    ['createCollections', 1],
    ['afterUpload', 'burn'],
    ['videoRate', 31],
    ['videoTopics', 'done'],
    ['retainData', 'no'],
    ['deletionProtection', 1],
    ['logRetentionDays', 31],
    ['tracing', 'on'],
    ['alarmEmail', 'nobody'],
  ])('refuse %s = %j', (name, value) => {
    const [problem, ...more] = problems({ [name]: value });
    expect(problem).toMatch(
      new RegExp(`^${name} must be .*${String(value).slice(0, 3).replace('*', '\\*')}`),
    );
    expect(more).toEqual([]);
  });

  it('refuse names that are none, and say which there are', () => {
    expect(problems({ memorySize: 1769 })).toEqual([
      expect.stringMatching(
        /^There is no setting memorySize; there are stackName, architecture, memory,/,
      ),
    ]);
  });

  it('refuse to delete what refuses to be deleted', () => {
    expect(problems({ retainData: false })).toEqual([
      expect.stringContaining('deletionProtection must be false'),
    ]);
  });

  it.each<[Record<string, unknown>, RegExp]>([
    [{ domain: 'faces.example.org' }, /^domain and certificate need each other/],
    [{ webRate: 150 }, /^webRate must be .*not 150/],
    [{ webRate: 1500 }, /^webRate must be .*not 1500/],
    [{ sdk: 'web-function', architecture: 'x64' }, /^A web function runs on arm64/],
    [{ sdk: 'web-function', warm: 1 }, /^sdkConcurrency and warm are for sdk=function-url/],
    [{ foldAt: 5000, foldTail: 4999 }, /^foldTail may not be less than foldAt/],
    [{ budget: 5 }, /^budget needs alarmEmail/],
    [{ gateway: false, accessLog: 'new-role' }, /^domain and accessLog are of API Gateway/],
    [
      { stackName: 'a'.repeat(68), uploads: true },
      /^stackName may have 67 characters with uploads/,
    ],
  ])('refuse what does not go together: %j', (context, problem) => {
    expect(problems(context)).toEqual([expect.stringMatching(problem)]);
  });

  it('foresee a bill for whoever wants to be told of alarms', () => {
    expect(readConfiguration({ alarmEmail: 'owner@example.org' }).budget).toBe(20);
    expect(readConfiguration({ alarmEmail: 'owner@example.org', budget: '7' }).budget).toBe(7);
  });

  it('are refused with everything that is wrong with them, at once', () => {
    const context = { memory: 'much', architecture: 'sparc', imageBucket: 'photos', tracing: 'on' };
    expect(problems(context)).toHaveLength(4);
    expect(() => readConfiguration(context)).toThrow(
      /^The settings of the stack are not right:\n(- .+\n){3}- .+$/,
    );
  });
});
