/**
 * Reading the settings of a stack, of which `settings.ts` says what they are: names, ranges and defaults.
 */
import { isNetwork } from '../../functions/http/networks.ts';
import { AFTERWARDS } from '../../functions/uploads/afterwards.ts';
import { VERSION_PATTERN } from '../../layers/inference/index.ts';
import { FOLD_LIMITS, MOST_FOLDED } from '../../layers/vectors/index.ts';
import { contradictions } from './contradictions.ts';
import type { StackConfiguration } from './settings.ts';
import { SettingsReader } from './settings-reader.ts';

export type { StackConfiguration } from './settings.ts';

/** Everything that is wrong with the settings, a line for each. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The settings of the stack are not right:\n${problems.map((p) => `- ${p}`).join('\n')}`);
    this.problems = problems;
  }
}

/** The most that Lambda gives a function; accounts begin with 3,008. */
const LARGEST_MEMORY = 10_240;
/** Models, a decoded photograph and a part of the shards need as much. */
const SMALLEST_MEMORY = 1024;

/** Their names must fit into an environment of 4 KB. */
const MOST_SCANNERS = 32;
/**
 * The share of the memory, in shards, that one function loads in about five seconds after a cold start:
 * 295 of 1,769 MB, at the 60 MB/s that S3 gives one function at the least.
 */
const FAN_OUT_SHARE = 1 / 6;

const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/;
const CERTIFICATE = /^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate\/[a-f0-9-]+$/;
const TOPIC = /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/;
const ORIGIN = /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/;
const KEY =
  /^(alias\/[a-zA-Z0-9/_-]{1,250}|arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/(mrk-)?[a-f0-9-]{32,36})$/;

/** @throws ConfigurationError */
export function readConfiguration(context: Readonly<Record<string, unknown>>): StackConfiguration {
  const reader = new SettingsReader(context);
  const memory = reader.integer('memory', SMALLEST_MEMORY, LARGEST_MEMORY) ?? 1769;
  const alarmEmail = reader.text('alarmEmail', /^[^@\s]+@[^@\s]+\.[^@\s]+$/, 'an e-mail address');
  const configuration: StackConfiguration = {
    stackName:
      reader.text(
        'stackName',
        /^[A-Za-z][A-Za-z0-9-]{0,127}$/,
        'a letter, then up to 127 letters, digits or hyphens',
      ) ?? 'Recollect',
    architecture: reader.choice('architecture', ['arm64', 'x64']) ?? 'arm64',
    memory,
    imageBuckets:
      reader.list('imageBuckets', /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'names of buckets') ?? [],
    foldAt: reader.integer('foldAt', 1, 100_000) ?? 500,
    foldTail: reader.integer('foldTail', 1000, MOST_FOLDED) ?? FOLD_LIMITS.tail,
    foldRewrites: reader.integer('foldRewrites', 1, 1000) ?? FOLD_LIMITS.rewrites,
    foldMemory: reader.integer('foldMemory', SMALLEST_MEMORY, LARGEST_MEMORY) ?? memory,
    scanners: reader.integer('scanners', 1, MOST_SCANNERS) ?? 8,
    fanOutAt: reader.integer('fanOutAt', 0, LARGEST_MEMORY) ?? Math.round(FAN_OUT_SHARE * memory),
    sdk: reader.choice('sdk', ['function-url', 'web-function']) ?? 'function-url',
    webRate: reader.integer('webRate', 0, 10_000) ?? 100,
    webEnvironments: reader.integer('webEnvironments', 2, 1000) ?? 2,
    sdkConcurrency: reader.integer('sdkConcurrency', 1, 10_000),
    gateway: reader.boolean('gateway') ?? true,
    requestsPerSecond: reader.integer('requestsPerSecond', 1, 10_000) ?? 50,
    accessLog: reader.choice('accessLog', ['none', 'existing-role', 'new-role']) ?? 'none',
    domain: reader.text('domain', DOMAIN, 'the name of a domain'),
    certificate: reader.text('certificate', CERTIFICATE, 'the ARN of a certificate in ACM'),
    corsOrigins: reader.list('corsOrigins', ORIGIN, 'origins such as https://example.org') ?? [],
    allowedAddresses: reader.list('allowedAddresses', isNetwork, 'addresses or networks') ?? [],
    key: reader.text('key', KEY, 'alias/<name>, or the ARN of a KMS key'),
    warm: reader.integer('warm', 0, 5) ?? 0,
    judgements: reader.boolean('judgements') ?? true,
    console: reader.boolean('console') ?? false,
    auditDays: reader.integer('auditDays', 0, 36_500) ?? 0,
    faceModels: reader.list('faceModels', VERSION_PATTERN, 'face models') ?? [],
    faceModel: reader.text('faceModel', VERSION_PATTERN, 'a face model'),
    data: reader.text('data', /./, 'a folder') ?? './.recollect',
    reservedConcurrency: reader.integer('reservedConcurrency', 1, 10_000),
    uploads: reader.boolean('uploads') ?? false,
    uploadConcurrency: reader.integer('uploadConcurrency', 2, 1000) ?? 5,
    createCollections: reader.boolean('createCollections') ?? false,
    afterUpload: reader.choice('afterUpload', AFTERWARDS) ?? 'keep',
    video: reader.boolean('video') ?? false,
    videoRate: reader.integer('videoRate', 1, 30) ?? 5,
    videoConcurrency: reader.integer('videoConcurrency', 2, 1000) ?? 10,
    videoTopics: reader.list('videoTopics', TOPIC, 'ARNs of SNS topics') ?? [],
    retainData: reader.boolean('retainData') ?? true,
    deletionProtection: reader.boolean('deletionProtection') ?? true,
    logRetentionDays: reader.integer('logRetentionDays', 1, 3653) ?? 30,
    tracing: reader.boolean('tracing') ?? false,
    alarmEmail,
    budget: reader.integer('budget', 1, 1_000_000) ?? (alarmEmail === undefined ? undefined : 20),
  };
  const problems = [
    ...reader.problems,
    ...contradictions(configuration),
    ...reader.unknown(Object.keys(configuration)),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return configuration;
}
