/**
 * The functions that serve requests: one for each operation, and the dispatcher that holds all of them.
 * Memory, layer, environment and policy follow from what the operation declares.
 */
import { Duration } from 'aws-cdk-lib';
import type { ILayerVersion } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Variable } from '../../../functions/lambda/environment.ts';
import type { Uses } from '../../../layers/protocol/index.ts';
import { DISPATCHER } from '../assets/entries.ts';
import { combined, servicesOf } from '../needs.ts';
import type { Permission } from './permissions.ts';
import {
  invoke,
  readImages,
  readKeys,
  readRecords,
  readShards,
  send,
  writeRecords,
  writeShards,
} from './permissions.ts';
import type { Queues } from './queues.ts';
import type { RuntimeSettings } from './runtime-function.ts';
import { RuntimeFunction } from './runtime-function.ts';
import type { Scanners } from './scanners.ts';
import type { Storage } from './storage.ts';

/** What is read of the operation table. */
export interface DeclaredOperation {
  readonly name: string;
  readonly uses: Uses;
}

export interface RequestFunctionsProps {
  readonly settings: RuntimeSettings;
  readonly operations: readonly DeclaredOperation[];
  readonly storage: Storage;
  readonly queues: Queues;
  readonly scanners: Scanners;
  readonly inference: ILayerVersion;
  /** MB of functions that run models or search. */
  readonly memory: number;
  readonly imageBuckets: readonly string[];
  readonly foldAt: number;
  readonly fanOutAt: number;
  readonly faceModel: string;
  /** Whether emotions, gender and age are told to those who ask. */
  readonly judgements: boolean;
  /** Path of the parameters that hold access keys. */
  readonly keyPrefix: string;
  readonly reservedConcurrency: number | undefined;
}

/** API Gateway waits no longer. */
export const REQUEST_TIMEOUT = Duration.seconds(29);

/** MB of functions that only read and write records: more than they need, for the processor that comes with it. */
const RECORDS_MEMORY = 1024;

export class RequestFunctions extends Construct {
  /** By operation. */
  readonly operations: ReadonlyMap<string, RuntimeFunction>;
  readonly dispatcher: RuntimeFunction;
  readonly #props: RequestFunctionsProps;

  constructor(scope: Construct, id: string, props: RequestFunctionsProps) {
    super(scope, id);
    this.#props = props;
    const { operations } = props;
    this.operations = new Map(
      operations.map(({ name, uses }) => [name, this.#create(name, `POST /${name}`, uses)]),
    );
    const all = combined(operations.map(({ uses }) => uses));
    this.dispatcher = this.#create(DISPATCHER, 'POST /, every operation', all);
  }

  #create(name: string, description: string, uses: Uses): RuntimeFunction {
    const { settings, memory, inference, reservedConcurrency } = this.#props;
    const heavy = uses.inference || uses.shards !== 'none';
    return new RuntimeFunction(this, name, {
      settings,
      description,
      memory: heavy ? memory : RECORDS_MEMORY,
      timeout: REQUEST_TIMEOUT,
      environment: this.#environment(uses),
      permissions: this.#permissions(uses),
      layers: uses.inference ? [inference] : [],
      reservedConcurrency: uses.inference ? reservedConcurrency : undefined,
    });
  }

  #environment(uses: Uses): Partial<Record<Variable, string>> {
    const { storage, queues, scanners, foldAt, fanOutAt, faceModel, judgements, keyPrefix } =
      this.#props;
    const services = servicesOf(uses);
    return {
      KEY_PREFIX: keyPrefix,
      ...(services.includes('faceModels') && { FACE_MODEL: faceModel }),
      ...(services.includes('records') && { TABLE: storage.table.tableName }),
      ...(services.includes('indexes') && {
        SHARD_BUCKET: storage.shards.bucketName,
        SCANNERS: scanners.names,
        FAN_OUT_AT: String(fanOutAt),
      }),
      ...(services.includes('inference') && { MODELS: '/opt/models' }),
      ...(services.includes('judgements') && { JUDGEMENTS: judgements ? 'on' : 'off' }),
      ...(services.includes('jobs') && {
        FOLD_QUEUE: queues.folds.queueUrl,
        PURGE_QUEUE: queues.purges.queueUrl,
        FOLD_AT: String(foldAt),
      }),
    };
  }

  #permissions(uses: Uses): Permission[] {
    const { storage, queues, scanners, imageBuckets, keyPrefix } = this.#props;
    const { table, shards } = storage;
    return [
      ...readKeys(this, keyPrefix),
      ...(uses.records === 'read' ? readRecords(table) : []),
      ...(uses.records === 'write' ? writeRecords(table) : []),
      ...(uses.shards === 'read' ? readShards(shards) : []),
      ...(uses.shards === 'write' ? writeShards(shards) : []),
      ...(uses.shards === 'none' ? [] : invoke(scanners.functions)),
      ...(uses.images ? readImages(this, imageBuckets) : []),
      ...(uses.jobs.includes('fold') ? send(queues.folds) : []),
      ...(uses.jobs.includes('purge') ? send(queues.purges) : []),
    ];
  }
}
