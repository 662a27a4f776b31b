/**
 * The environment variables of a function. The stack sets those that the function needs, and none that
 * it does not; Lambda adds those that begin with `AWS_`.
 */
import type { FoldLimits } from '../../layers/vectors/index.ts';
import { AFTERWARDS, type Afterwards } from '../uploads/afterwards.ts';

/** The names that the stack sets; `infra/aws/constructs/` gives them their values. */
export type Variable =
  | 'TABLE'
  | 'SHARD_BUCKET'
  | 'MODELS'
  | 'FACE_MODEL'
  | 'MODEL_BUCKET'
  | 'JUDGEMENTS'
  | 'CONSOLE'
  | 'FOLD_QUEUE'
  | 'PURGE_QUEUE'
  | 'FOLD_AT'
  | 'FOLD_TAIL'
  | 'FOLD_REWRITES'
  | 'FAN_OUT_AT'
  | 'SCANNERS'
  | 'AUDIT_TABLE'
  | 'AUDIT_DAYS'
  | 'KEY_PREFIX'
  | 'RECEIPT_KEY'
  | 'ALLOWED_ADDRESSES'
  | 'CORS_ORIGINS'
  | 'ACCOUNT'
  | 'UPLOAD_BUCKET'
  | 'DEAD_UPLOADS'
  | 'UPLOAD_ATTEMPTS'
  | 'CREATE_COLLECTIONS'
  | 'AFTER_UPLOAD'
  | 'VIDEO_BUCKET'
  | 'VIDEO_QUEUE'
  | 'VIDEO_TOPICS'
  | 'VIDEO_RATE'
  | 'VIDEO_LANES';

type Environment = Readonly<Record<string, string | undefined>>;

/** The stack and the code of a function do not fit each other. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/** @throws EnvironmentError */
export function variable(name: Variable, environment: Environment = process.env): string {
  const value = environment[name];
  if (value === undefined || value === '') {
    throw new EnvironmentError(`The environment variable ${name} is not set.`);
  }
  return value;
}

/** How many vectors and deletions in a tail make a fold worth its while. @throws EnvironmentError */
export function foldAt(environment: Environment = process.env): number {
  return positiveInteger('FOLD_AT', environment);
}

/** What one fold may take. @throws EnvironmentError */
export function foldLimits(environment: Environment = process.env): Partial<FoldLimits> {
  return {
    tail: positiveInteger('FOLD_TAIL', environment),
    rewrites: positiveInteger('FOLD_REWRITES', environment),
  };
}

/** For how many days a line of the audit trail is kept. @throws EnvironmentError */
export function auditDays(environment: Environment = process.env): number {
  return positiveInteger('AUDIT_DAYS', environment);
}

/** Whether an audit trail is kept. */
export function hasAudit(environment: Environment = process.env): boolean {
  return (environment['AUDIT_TABLE'] ?? '') !== '';
}

/** How often the upload queue delivers a message before it gives up. @throws EnvironmentError */
export function attempts(environment: Environment = process.env): number {
  return positiveInteger('UPLOAD_ATTEMPTS', environment);
}

/** Whether an upload creates a collection that does not exist. @throws EnvironmentError */
export function createCollections(environment: Environment = process.env): boolean {
  return variable('CREATE_COLLECTIONS', environment) === 'true';
}

/** Whether the owner's console is served. Default: no. */
export function hasConsole(environment: Environment = process.env): boolean {
  return environment['CONSOLE'] === 'on';
}

/** What is done with a photograph once it is indexed. @throws EnvironmentError */
export function afterwards(environment: Environment = process.env): Afterwards {
  const value = variable('AFTER_UPLOAD', environment);
  const known = AFTERWARDS.find((one) => one === value);
  if (known === undefined) {
    throw new EnvironmentError(`AFTER_UPLOAD must be ${AFTERWARDS.join(', ')}, not ${value}.`);
  }
  return known;
}

/** Pictures of a video that are looked at in a second. @throws EnvironmentError */
export function videoRate(environment: Environment = process.env): number {
  return positiveInteger('VIDEO_RATE', environment);
}

/** Parts of one video that are looked at side by side. @throws EnvironmentError */
export function videoLanes(environment: Environment = process.env): number {
  return positiveInteger('VIDEO_LANES', environment);
}

/** ARNs of the topics that jobs on video may notify. */
export function videoTopics(environment: Environment = process.env): readonly string[] {
  return environment['VIDEO_TOPICS']?.split(',') ?? [];
}

function positiveInteger(name: Variable, environment: Environment): number {
  const value = Number(variable(name, environment));
  if (!Number.isInteger(value) || value < 1) {
    throw new EnvironmentError(`${name} must be a whole number from 1 on, not ${value}.`);
  }
  return value;
}

/** How many bytes of shards one function still searches by itself. @throws EnvironmentError */
export function fanOutAt(environment: Environment = process.env): number {
  const megabytes = Number(variable('FAN_OUT_AT', environment));
  if (!Number.isInteger(megabytes) || megabytes < 0) {
    throw new EnvironmentError(`FAN_OUT_AT must be a whole number of MB, not ${megabytes}.`);
  }
  return megabytes * 1024 * 1024;
}

/** The names of the scan functions. @throws EnvironmentError */
export function scanners(environment: Environment = process.env): string[] {
  return variable('SCANNERS', environment).split(',');
}

/** Whether emotions, gender and age are told to those who ask. @throws EnvironmentError */
export function judgementsOn(environment: Environment = process.env): boolean {
  const value = variable('JUDGEMENTS', environment);
  if (value !== 'on' && value !== 'off') {
    throw new EnvironmentError(`JUDGEMENTS must be on or off, not ${value}.`);
  }
  return value === 'on';
}

/** The only networks that may call; empty for all. */
export function allowedAddresses(environment: Environment = process.env): string[] {
  return listed('ALLOWED_ADDRESSES', environment);
}

/** Origins of web pages that may call. */
export function corsOrigins(environment: Environment = process.env): string[] {
  return listed('CORS_ORIGINS', environment);
}

function listed(name: Variable, environment: Environment): string[] {
  return (environment[name] ?? '').split(',').filter(Boolean);
}

/**
 * Where a web function listens, as Lambda says it: `0.0.0.0:3000`, perhaps as a URL.
 * @throws EnvironmentError
 */
export function httpAddress(environment: Environment = process.env): {
  readonly host: string;
  readonly port: number;
} {
  const given = environment['AWS_LAMBDA_HTTP_ENDPOINT'] || '0.0.0.0:3000';
  const [, host = '0.0.0.0', port] = /^(?:http:\/\/)?(?:(.+):)?(\d+)\/?$/.exec(given) ?? [];
  if (port === undefined) {
    throw new EnvironmentError(`AWS_LAMBDA_HTTP_ENDPOINT must be host:port, not ${given}.`);
  }
  // IPv6 has brackets before a port.
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}

/** Where the function runs; for requests that do not say. */
export function region(environment: Environment = process.env): string {
  return environment['AWS_REGION'] ?? 'us-east-1';
}

/** The memory of the function in MB. */
export function memory(environment: Environment = process.env): number {
  return Number(environment['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? 1024);
}

/** Lambda gives a function one processor for each 1,769 MB. */
const MB_PER_PROCESSOR = 1769;

/** As many threads as the function has whole processors: more of them slow each other down. */
export function threads(environment: Environment = process.env): number {
  return Math.max(1, Math.floor(memory(environment) / MB_PER_PROCESSOR));
}
