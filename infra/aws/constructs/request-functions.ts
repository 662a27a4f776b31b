/**
 * The functions that serve requests: one for each operation where API Gateway has a route for it, and the
 * dispatcher that holds all of them. Memory, layer, environment and policy follow from what the operation declares.
 */
import { Duration } from 'aws-cdk-lib';
import type { ILayerVersion } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Variable } from '../../../functions/lambda/environment.ts';
import type { Uses } from '../../../layers/protocol/index.ts';
import { DISPATCHER } from '../assets/entries.ts';
import { combined, servicesOf } from '../declared-services.ts';
import type { Models } from './models.ts';
import type { Permission } from './permissions.ts';
import {
  appendAudit,
  invoke,
  makeParameter,
  readImages,
  readKeys,
  readModels,
  readShards,
  send,
  useKey,
  useRecords,
  writeShards,
} from './permissions.ts';
import type { Queues } from './queues.ts';
import type { RuntimeSettings } from './runtime-function.ts';
import { RuntimeFunction } from './runtime-function.ts';
import type { Scanners } from './scanners.ts';
import type { Storage } from './storage.ts';
import type { Videos } from './videos.ts';

/** What is read of the operation table. */
export interface DeclaredOperation {
  readonly name: string;
  readonly uses: Uses;
}

/** What code that serves requests may know and do. */
export interface RequestAccessProps {
  readonly storage: Storage;
  readonly queues: Queues;
  readonly scanners: Scanners;
  /** Undefined where the layer holds all of them. */
  readonly models: Models | undefined;
  readonly imageBuckets: readonly string[];
  /** Undefined where stored video is not served. */
  readonly videos: Videos | undefined;
  readonly foldAt: number;
  /** Days for which lines of the audit trail are kept. */
  readonly auditDays: number;
  readonly fanOutAt: number;
  readonly faceModel: string;
  /** Whether emotions, gender and age are told to those who ask. */
  readonly judgements: boolean;
  /** Whether the address for SDKs serves the owner's console. */
  readonly console: boolean;
  /** Path of the parameters that hold access keys. */
  readonly keyPrefix: string;
  /** The parameter that holds the key of receipts. */
  readonly receiptKey: string;
  /** The only networks that may call; empty for all. */
  readonly allowedAddresses: readonly string[];
  /** Origins of web pages that may call. */
  readonly corsOrigins: readonly string[];
}

export interface RequestFunctionsProps {
  readonly settings: RuntimeSettings;
  readonly access: RequestAccessProps;
  readonly inference: ILayerVersion;
  /** MB of functions that search. */
  readonly memory: number;
  /** MB of functions that run models. */
  readonly inferenceMemory: number;
  /** The most executions at once of a function that runs models. */
  readonly reservedConcurrency: number | undefined;
}

/** API Gateway waits no longer. */
export const REQUEST_TIMEOUT = Duration.seconds(29);

/** MB of functions that only read and write records: more than they need, for the processor that comes with it. */
const RECORDS_MEMORY = 1024;

export class RequestFunctions extends Construct {
  readonly #props: RequestFunctionsProps;

  constructor(scope: Construct, id: string, props: RequestFunctionsProps) {
    super(scope, id);
    this.#props = props;
  }

  /** The function of one operation. */
  of({ name, uses }: DeclaredOperation): RuntimeFunction {
    const { reservedConcurrency } = this.#props;
    return this.#create(name, `POST /${name}`, uses, reservedConcurrency);
  }

  /** That of all operations. @param concurrency its own limit of executions at once */
  dispatcher(
    operations: readonly DeclaredOperation[],
    concurrency: number | undefined,
  ): RuntimeFunction {
    const all = combined(operations.map(({ uses }) => uses));
    const { reservedConcurrency } = this.#props;
    return this.#create(
      DISPATCHER,
      'POST /, every operation',
      all,
      concurrency ?? reservedConcurrency,
      consoleEnvironment(this.#props.access),
    );
  }

  #create(
    name: string,
    description: string,
    uses: Uses,
    limit: number | undefined,
    more: Partial<Record<Variable, string>> = {},
  ) {
    const { settings, access, memory, inferenceMemory, inference } = this.#props;
    const heavy = uses.inference || uses.shards !== 'none';
    return new RuntimeFunction(this, name, {
      settings,
      description,
      memory: uses.inference ? inferenceMemory : heavy ? memory : RECORDS_MEMORY,
      timeout: REQUEST_TIMEOUT,
      environment: { ...requestEnvironment(access, uses), ...more },
      permissions: requestPermissions(this, access, uses),
      layers: uses.inference ? [inference] : [],
      reservedConcurrency: uses.inference ? limit : undefined,
    });
  }
}

/** Of what answers at the address for SDKs. */
export function consoleEnvironment(props: RequestAccessProps): Partial<Record<Variable, string>> {
  return props.console ? { CONSOLE: 'on' } : {};
}

export function requestEnvironment(
  props: RequestAccessProps,
  uses: Uses,
): Partial<Record<Variable, string>> {
  const { storage, queues, scanners, models, allowedAddresses, corsOrigins } = props;
  const services = servicesOf(uses);
  return {
    KEY_PREFIX: props.keyPrefix,
    ...(allowedAddresses.length > 0 && { ALLOWED_ADDRESSES: allowedAddresses.join(',') }),
    ...(storage.audit && {
      AUDIT_TABLE: storage.audit.tableName,
      AUDIT_DAYS: String(props.auditDays),
    }),
    ...(corsOrigins.length > 0 && { CORS_ORIGINS: corsOrigins.join(',') }),
    ...(services.includes('faceModels') && { FACE_MODEL: props.faceModel }),
    ...(services.includes('records') && { TABLE: storage.table.tableName }),
    ...(services.includes('indexes') && {
      SHARD_BUCKET: storage.shards.bucketName,
      SCANNERS: scanners.names,
      FAN_OUT_AT: String(props.fanOutAt),
    }),
    ...(services.includes('inference') && {
      MODELS: '/opt/models',
      ...(models && { MODEL_BUCKET: models.bucket.bucketName }),
    }),
    ...(services.includes('judgements') && { JUDGEMENTS: props.judgements ? 'on' : 'off' }),
    ...(services.includes('receipts') && { RECEIPT_KEY: props.receiptKey }),
    ...(services.includes('jobs') && {
      FOLD_QUEUE: queues.folds.queueUrl,
      PURGE_QUEUE: queues.purges.queueUrl,
      FOLD_AT: String(props.foldAt),
    }),
    ...(services.includes('videos') && props.videos?.environment),
  };
}

/** Exactly what is declared. */
export function requestPermissions(
  scope: Construct,
  props: RequestAccessProps,
  uses: Uses,
): Permission[] {
  const { storage, queues, scanners, models, imageBuckets, keyPrefix, receiptKey } = props;
  const { table, shards, audit, key } = storage;
  const keepsNothing = uses.records.length === 0 && uses.shards === 'none' && audit === undefined;
  return [
    ...readKeys(scope, keyPrefix),
    ...(audit ? appendAudit(audit) : []),
    ...useRecords(table, uses.records),
    ...(uses.shards === 'read' ? readShards(shards) : []),
    ...(uses.shards === 'write' ? writeShards(shards) : []),
    ...(keepsNothing ? [] : useKey(scope, key)),
    ...(uses.shards === 'none' ? [] : invoke(scanners.functions)),
    ...(uses.images ? readImages(scope, imageBuckets) : []),
    ...(uses.inference && models ? readModels(models) : []),
    ...(uses.signing ? makeParameter(scope, receiptKey) : []),
    ...(uses.jobs.includes('fold') ? send(queues.folds) : []),
    ...(uses.jobs.includes('purge') ? send(queues.purges) : []),
    ...(props.videos?.permissions(uses.videos) ?? []),
  ];
}
