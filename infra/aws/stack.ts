/**
 * All of Recollect in one stack: API, functions, layer, table, bucket, queues, alarms. What is built before
 * (bundles and layer) comes in as folders, so that the stack itself is a pure function of its settings.
 */
import { Annotations, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Architecture, Code, FunctionUrlAuthType, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { keyPrefix } from '../../layers/keys/index.ts';
import type { StackConfiguration } from './configuration.ts';
import { Api } from './constructs/api.ts';
import { BackgroundFunctions } from './constructs/background-functions.ts';
import { Models } from './constructs/models.ts';
import { Monitoring } from './constructs/monitoring.ts';
import { Queues } from './constructs/queues.ts';
import type { DeclaredOperation } from './constructs/request-functions.ts';
import { RequestFunctions } from './constructs/request-functions.ts';
import type { RuntimeSettings } from './constructs/runtime-function.ts';
import { RUNTIME } from './constructs/runtime-function.ts';
import { Scanners } from './constructs/scanners.ts';
import { Storage } from './constructs/storage.ts';
import { Uploads } from './constructs/uploads.ts';
import { expectation, memoryFor, type PlacedModel } from './placement.ts';

export interface RecollectStackProps {
  readonly configuration: StackConfiguration;
  readonly operations: readonly DeclaredOperation[];
  /** The face model that new collections get. */
  readonly faceModel: string;
  /** The face models that the owner added. Default: none. */
  readonly added?: readonly PlacedModel[];
  /** The folder of a bundle. */
  readonly bundle: (name: string) => string;
  /** The folder of the inference layer, for the configured architecture. */
  readonly layer: string;
}

export class RecollectStack extends Stack {
  constructor(scope: Construct, props: RecollectStackProps) {
    const { configuration, operations, added = [] } = props;
    const { stackName, architecture, memory, foldAt, tracing } = configuration;
    super(scope, stackName, {
      description: 'Recollect: face collections that speak the Amazon Rekognition API',
    });
    const settings: RuntimeSettings = {
      bundle: props.bundle,
      architecture,
      tracing,
      logRetention: configuration.logRetentionDays,
      stackName,
    };
    const storage = new Storage(this, 'Storage', {
      retain: configuration.retainData,
      deletionProtection: configuration.deletionProtection,
    });
    const queues = new Queues(this, 'Queues');
    const inference = new LayerVersion(this, 'Inference', {
      description: 'onnxruntime, sharp and the models',
      code: Code.fromAsset(props.layer),
      compatibleRuntimes: [RUNTIME],
      compatibleArchitectures: [
        architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      ],
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const inBucket = added.filter(({ place }) => place === 'bucket');
    const keys = inBucket.map(({ name }) => name);
    const models = keys.length > 0 ? new Models(this, 'Models', keys) : undefined;
    const inferenceMemory = memoryFor(memory, added);
    for (const one of added) {
      Annotations.of(this).addInfoV2(
        `recollect:${one.entry.version}`,
        expectation(one, inferenceMemory, architecture),
      );
    }
    const scanners = new Scanners(this, 'Scanners', {
      settings,
      storage,
      memory,
      count: configuration.scanners,
    });
    const functions = new RequestFunctions(this, 'Functions', {
      settings,
      operations,
      storage,
      queues,
      scanners,
      inference,
      memory,
      inferenceMemory,
      models,
      foldAt,
      fanOutAt: configuration.fanOutAt,
      imageBuckets: configuration.imageBuckets,
      faceModel: props.faceModel,
      judgements: configuration.judgements,
      keyPrefix: keyPrefix(stackName),
      reservedConcurrency: configuration.reservedConcurrency,
    });
    const background = new BackgroundFunctions(this, 'Background', {
      settings,
      storage,
      queues,
      memory,
      foldAt,
    });
    const uploads = configuration.uploads
      ? new Uploads(this, 'Uploads', {
          settings,
          storage,
          queues,
          inference,
          models,
          memory: inferenceMemory,
          foldAt,
          faceModel: props.faceModel,
          concurrency: configuration.uploadConcurrency,
          createCollections: configuration.createCollections,
          afterwards: configuration.afterUpload,
          retain: configuration.retainData,
        })
      : undefined;
    const { api, accessLog } = new Api(this, 'Gateway', {
      stackName,
      operations,
      functions,
      inferencePerSecond: configuration.inferencePerSecond,
      recordsPerSecond: configuration.recordsPerSecond,
      logRetention: configuration.logRetentionDays,
      tracing,
    });
    new Monitoring(this, 'Monitoring', {
      stackName,
      api,
      accessLog,
      queues,
      background,
      uploads,
      foldAt,
      alarmEmail: configuration.alarmEmail,
    });
    new CfnOutput(this, 'Endpoint', { value: api.url, description: 'For --endpoint-url' });
    if (configuration.functionUrl) {
      // The function verifies signatures and tokens itself, as it does behind API Gateway.
      const { url } = functions.dispatcher.function.addFunctionUrl({
        authType: FunctionUrlAuthType.NONE,
      });
      new CfnOutput(this, 'FunctionUrl', {
        value: url,
        description: 'For --endpoint-url, past API Gateway',
      });
    }
    if (uploads !== undefined) {
      new CfnOutput(this, 'UploadBucket', {
        value: uploads.bucket.bucketName,
        description: 'Photographs put under <collection id>/ are indexed',
      });
    }
    if (models !== undefined) {
      new CfnOutput(this, 'ModelBucket', {
        value: models.bucket.bucketName,
        description: `For face models: recollect models upload ${inBucket.map(({ entry }) => entry.version).join(' ')} --stack ${stackName}`,
      });
    }
    new CfnOutput(this, 'Next', {
      value: `npx recollect keys create --stack ${stackName}`,
      description: 'Makes the first access key',
    });
    new CfnOutput(this, 'Records', { value: storage.table.tableName });
    new CfnOutput(this, 'Shards', { value: storage.shards.bucketName });
  }
}
