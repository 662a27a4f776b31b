/**
 * The settings of a deployed stack: the context of `cdk.json`, or of `-c name=value` on the command line.
 *
 * | setting                | default   |                                                                      |
 * |------------------------|-----------|----------------------------------------------------------------------|
 * | `stackName`            | Recollect | several stacks may live in one account and region                    |
 * | `architecture`         | arm64     | or x64                                                               |
 * | `memory`               | 1769      | MB of functions that run models or search; 1,769 is one processor    |
 * | `imageBuckets`         | none      | buckets whose photographs the functions may read                     |
 * | `foldAt`               | 500       | vectors and deletions in a tail that make a fold worth its while     |
 * | `scanners`             | 8         | functions among which a large index is divided for a search          |
 * | `fanOutAt`             | memory/6  | MB of shards that one function still searches by itself              |
 * | `sdk`                  | function-url | what the address for SDKs is: function-url or web-function        |
 * | `webRate`              | 100       | requests a second to a web function: 0, 100 ... 1,000, 2,000 ...     |
 * | `webEnvironments`      | 2         | most environments of a web function, two processors each             |
 * | `sdkConcurrency`       | none      | most requests of SDKs at once; ten times as many a second            |
 * | `gateway`              | true      | API Gateway for plain HTTP with bearer tokens                        |
 * | `requestsPerSecond`    | 50        | requests a second through API Gateway, all operations together       |
 * | `accessLog`            | none      | of API Gateway: with the account's existing-role, or with a new-role |
 * | `domain`, `certificate` | none     | a name of the owner's for API Gateway, and its certificate in ACM    |
 * | `corsOrigins`          | none      | origins of web pages that may call                                   |
 * | `allowedAddresses`     | all       | the only addresses, or networks, that may call                       |
 * | `key`                  | none      | a KMS key of the owner's for table and buckets: alias/... or its ARN |
 * | `warm`                 | 0         | environments of the SDK function that are kept warm                  |
 * | `faceModels`           | none      | face models added to the data folder that collections may have       |
 * | `faceModel`            | 1.0       | the face model of new collections                                    |
 * | `data`                 | ./.recollect | the data folder that they were added to                           |
 * | `judgements`           | true      | whether emotions, gender and age are told to those who ask           |
 * | `console`              | false     | the owner's console, a page at the address for SDKs                  |
 * | `auditDays`            | 0         | days for which an audit trail is kept; 0 for none                    |
 * | `reservedConcurrency`  | none      | most executions at once of each function that runs models            |
 * | `uploads`              | false     | a bucket whose photographs are indexed as they are put into it       |
 * | `uploadConcurrency`    | 5         | most photographs of that bucket that are indexed at once             |
 * | `createCollections`    | false     | whether an upload creates a collection that does not exist           |
 * | `afterUpload`          | keep      | or tag or delete: what is done with a photograph that was indexed    |
 * | `video`                | false     | stored video: StartFaceSearch, StartFaceDetection and their answers  |
 * | `videoRate`            | 5         | pictures of a video that are looked at in a second, up to 30         |
 * | `videoConcurrency`     | 10        | most parts of videos that are looked at at once                      |
 * | `videoTopics`          | none      | ARNs of the topics that jobs on video may notify                     |
 * | `retainData`           | true      | whether table and shards stay when the stack is destroyed            |
 * | `deletionProtection`   | true      | whether the table refuses to be deleted                              |
 * | `logRetentionDays`     | 30        | one of the periods that CloudWatch knows                             |
 * | `tracing`              | false     | X-Ray                                                                |
 * | `alarmEmail`           | none      | who is told of alarms                                                |
 * | `budget`               | 20        | dollars a month of the account beyond which `alarmEmail` is told     |
 *
 * Lists are JSON, or on the command line names with commas between them.
 */
import { isNetwork } from '../../functions/http/networks.ts';
import { AFTERWARDS, type Afterwards } from '../../functions/uploads/afterwards.ts';

import { VERSION_PATTERN } from '../../layers/inference/index.ts';

export interface StackConfiguration {
  readonly stackName: string;
  readonly architecture: 'arm64' | 'x64';
  readonly memory: number;
  readonly imageBuckets: readonly string[];
  readonly foldAt: number;
  readonly scanners: number;
  readonly fanOutAt: number;
  readonly sdk: 'function-url' | 'web-function';
  readonly webRate: number;
  readonly webEnvironments: number;
  readonly sdkConcurrency: number | undefined;
  readonly gateway: boolean;
  readonly requestsPerSecond: number;
  readonly accessLog: 'none' | 'existing-role' | 'new-role';
  readonly domain: string | undefined;
  readonly certificate: string | undefined;
  readonly corsOrigins: readonly string[];
  readonly allowedAddresses: readonly string[];
  /** The name of an alias, or the ARN of a key. */
  readonly key: string | undefined;
  readonly warm: number;
  readonly judgements: boolean;
  readonly console: boolean;
  /** 0 for no audit trail. */
  readonly auditDays: number;
  readonly faceModels: readonly string[];
  /** Undefined for that which Recollect brings. */
  readonly faceModel: string | undefined;
  readonly data: string;
  readonly reservedConcurrency: number | undefined;
  readonly uploads: boolean;
  readonly uploadConcurrency: number;
  readonly createCollections: boolean;
  readonly afterUpload: Afterwards;
  readonly video: boolean;
  readonly videoRate: number;
  readonly videoConcurrency: number;
  /** ARNs. */
  readonly videoTopics: readonly string[];
  readonly retainData: boolean;
  readonly deletionProtection: boolean;
  readonly logRetentionDays: number;
  readonly tracing: boolean;
  readonly alarmEmail: string | undefined;
  /** Undefined for none. */
  readonly budget: number | undefined;
}

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

/** SQS names queues with so many characters; uploads have two that are called after the stack. */
const LONGEST_QUEUE = 80;
const UPLOAD_QUEUES = '-dead-uploads'.length;

const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/;
const CERTIFICATE = /^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate\/[a-f0-9-]+$/;
const TOPIC = /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/;
const ORIGIN = /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/;
const KEY =
  /^(alias\/[a-zA-Z0-9/_-]{1,250}|arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/(mrk-)?[a-f0-9-]{32,36})$/;

const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653];

/** @throws ConfigurationError */
export function readConfiguration(context: Readonly<Record<string, unknown>>): StackConfiguration {
  const reader = new Reader(context);
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
  const { logRetentionDays, retainData, deletionProtection } = configuration;
  const problems = [
    ...reader.problems,
    ...(RETENTION_DAYS.includes(logRetentionDays)
      ? []
      : [`logRetentionDays must be one of ${RETENTION_DAYS.join(', ')}, not ${logRetentionDays}.`]),
    ...(deletionProtection && !retainData
      ? ['retainData is false, so deletionProtection must be false too: destroying would fail.']
      : []),
    ...contradictions(configuration),
    ...unknownNames(context, Object.keys(configuration)),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return configuration;
}

/** Settings that are right one by one and not together. */
function contradictions(settings: StackConfiguration): string[] {
  const { stackName, uploads, domain, certificate, gateway, accessLog } = settings;
  const { alarmEmail, budget, sdk, architecture, webRate, sdkConcurrency, warm } = settings;
  const isWeb = sdk === 'web-function';
  const longest = LONGEST_QUEUE - UPLOAD_QUEUES;
  return [
    ...(uploads && stackName.length > longest
      ? [`stackName may have ${longest} characters with uploads: queues are named after it.`]
      : []),
    ...((domain === undefined) === (certificate === undefined)
      ? []
      : ['domain and certificate need each other: a name, and a certificate in ACM for it.']),
    ...(gateway || (domain === undefined && accessLog === 'none')
      ? []
      : ['domain and accessLog are of API Gateway, and gateway is false.']),
    ...(budget !== undefined && alarmEmail === undefined
      ? ['budget needs alarmEmail: somebody has to be told.']
      : []),
    ...(webRate % (webRate > 1000 ? 1000 : 100) === 0
      ? []
      : [`webRate must be 0, 100, 200 up to 1,000, or whole thousands, not ${webRate}.`]),
    ...(isWeb && architecture !== 'arm64'
      ? ['A web function runs on arm64 alone: leave architecture as it is.']
      : []),
    ...(isWeb && (sdkConcurrency !== undefined || warm > 0)
      ? ['sdkConcurrency and warm are for sdk=function-url; a web function has webEnvironments.']
      : []),
  ];
}

/** The CDK's own context has names with a colon or an @ in them, or begins with `cli-`. */
function unknownNames(
  context: Readonly<Record<string, unknown>>,
  known: readonly string[],
): string[] {
  return Object.keys(context)
    .filter((name) => !/[:@]|^cli-/.test(name) && !known.includes(name))
    .map((name) => `There is no setting ${name}; there are ${known.join(', ')}.`);
}

/** Reads settings of a type; what is wrong is noted, and the setting taken for absent. */
class Reader {
  readonly problems: string[] = [];
  readonly #context: Readonly<Record<string, unknown>>;

  constructor(context: Readonly<Record<string, unknown>>) {
    this.#context = context;
  }

  text(name: string, pattern: RegExp, meaning: string): string | undefined {
    const value = this.#context[name];
    if (value === undefined || value === '') return undefined;
    if (typeof value === 'string' && pattern.test(value)) return value;
    return this.#wrong(name, meaning, value);
  }

  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.#context[name];
    if (value === undefined) return undefined;
    return (
      choices.find((choice) => choice === value) ?? this.#wrong(name, choices.join(' or '), value)
    );
  }

  /** Whole numbers; the command line has them as text. */
  integer(name: string, min: number, max: number): number | undefined {
    const value = this.#context[name];
    if (value === undefined || value === '') return undefined;
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) {
      return number;
    }
    return this.#wrong(name, `a whole number from ${min} to ${max}`, value);
  }

  boolean(name: string): boolean | undefined {
    const value = this.#context[name];
    if (value === undefined) return undefined;
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    return this.#wrong(name, 'true or false', value);
  }

  list(
    name: string,
    pattern: RegExp | ((item: string) => boolean),
    meaning: string,
  ): readonly string[] | undefined {
    const value = this.#context[name];
    if (value === undefined) return undefined;
    const items: unknown = typeof value === 'string' ? value.split(',').filter(Boolean) : value;
    const isItem = (item: unknown): item is string =>
      typeof item === 'string' && (pattern instanceof RegExp ? pattern.test(item) : pattern(item));
    if (Array.isArray(items) && items.every(isItem)) return [...new Set(items)];
    return this.#wrong(name, `a list of ${meaning}`, value);
  }

  #wrong(name: string, expected: string, value: unknown): undefined {
    this.problems.push(`${name} must be ${expected}, not ${JSON.stringify(value)}.`);
    return undefined;
  }
}
