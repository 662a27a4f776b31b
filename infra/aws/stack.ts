/**
 * All of Recollect in one stack: API, functions, layer, table, bucket, queues, alarms. What is built before
 * (bundles and layer) comes in as folders, so that the stack itself is a pure function of its settings.
 */
import { Annotations, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Alias, type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Architecture, Code, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { keyPrefix, receiptKeyName } from '../../layers/keys/index.ts';
import type { StackConfiguration } from './configuration.ts';
import { Api } from './constructs/api.ts';
import { BackgroundFunctions } from './constructs/background-functions.ts';
import { Models } from './constructs/models.ts';
import { Monitoring } from './constructs/monitoring.ts';
import { Queues } from './constructs/queues.ts';
import type { DeclaredOperation, RequestAccessProps } from './constructs/request-functions.ts';
import {
  consoleEnvironment,
  RequestFunctions,
  requestEnvironment,
  requestPermissions,
} from './constructs/request-functions.ts';
import type { RuntimeFunction, RuntimeSettings } from './constructs/runtime-function.ts';
import { RUNTIME } from './constructs/runtime-function.ts';
import { Scanners } from './constructs/scanners.ts';
import { SdkAddress } from './constructs/sdk-address.ts';
import { Storage } from './constructs/storage.ts';
import { UploadPipeline } from './constructs/upload-pipeline.ts';
import { Videos } from './constructs/videos.ts';
import { WebAddress } from './constructs/web-address.ts';
import { combined } from './declared-services.ts';
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
  /** The folder of the layer that decodes video, where that is served. */
  readonly decoder?: string | undefined;
  /** The folder of the web function's package, where SDKs get one. */
  readonly web?: string | undefined;
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
      key: keyOf(this, configuration.key),
      audited: configuration.auditDays > 0,
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
    const videos =
      props.decoder === undefined
        ? undefined
        : new Videos(this, 'Videos', {
            settings,
            storage,
            queues,
            scanners,
            inference,
            models,
            decoder: props.decoder,
            memory: inferenceMemory,
            foldAt,
            fanOutAt: configuration.fanOutAt,
            faceModel: props.faceModel,
            judgements: configuration.judgements,
            buckets: configuration.imageBuckets,
            topics: configuration.videoTopics,
            rate: configuration.videoRate,
            concurrency: configuration.videoConcurrency,
          });
    const { corsOrigins, allowedAddresses } = configuration;
    const access: RequestAccessProps = {
      storage,
      queues,
      scanners,
      models,
      foldAt,
      auditDays: configuration.auditDays,
      fanOutAt: configuration.fanOutAt,
      imageBuckets: configuration.imageBuckets,
      videos,
      faceModel: props.faceModel,
      judgements: configuration.judgements,
      console: configuration.console,
      keyPrefix: keyPrefix(stackName),
      receiptKey: receiptKeyName(stackName),
      allowedAddresses,
      corsOrigins,
    };
    const functions = new RequestFunctions(this, 'Functions', {
      settings,
      access,
      inference,
      memory,
      inferenceMemory,
      reservedConcurrency: configuration.reservedConcurrency,
    });
    // The web function holds all operations itself; then API Gateway alone needs the dispatcher.
    const needsDispatcher = props.web === undefined || configuration.gateway;
    const dispatcher = needsDispatcher
      ? functions.dispatcher(operations, configuration.sdkConcurrency)
      : undefined;
    const background = new BackgroundFunctions(this, 'Background', {
      settings,
      storage,
      queues,
      memory: configuration.foldMemory,
      foldAt,
      foldTail: configuration.foldTail,
      foldRewrites: configuration.foldRewrites,
    });
    const uploads = configuration.uploads
      ? new UploadPipeline(this, 'Uploads', {
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
    const sdk = this.#sdkAddress(props, settings, access, dispatcher);
    const gateway =
      configuration.gateway && dispatcher !== undefined
        ? new Api(this, 'Gateway', {
            ...configuration,
            operations,
            functions,
            dispatcher,
            logRetention: configuration.logRetentionDays,
          })
        : undefined;
    new Monitoring(this, 'Monitoring', {
      stackName,
      api: gateway?.api,
      accessLog: gateway?.accessLog,
      addressed: props.web === undefined ? dispatcher?.function : undefined,
      queues,
      background,
      uploads,
      foldAt,
      alarmEmail: configuration.alarmEmail,
      budget: configuration.budget,
    });
    new CfnOutput(this, 'SdkEndpoint', {
      value: sdk.url,
      description: 'For AWS SDKs and the AWS CLI: --endpoint-url',
    });
    if (configuration.console) {
      new CfnOutput(this, 'Console', {
        value: `${sdk.url}console/`,
        description: 'A page for the owner of the collections: sign in with an access key',
      });
    }
    if (gateway !== undefined) {
      const { domainName } = gateway.api;
      new CfnOutput(this, 'HttpEndpoint', {
        value: domainName === undefined ? gateway.api.url : `https://${domainName.domainName}/`,
        description: 'For plain HTTP: POST <operation>, Authorization: Bearer <id>.<secret>',
      });
      if (domainName !== undefined) {
        new CfnOutput(this, 'DomainTarget', {
          value: domainName.domainNameAliasDomainName,
          description: `Point ${configuration.domain} there: a CNAME, or an alias in Route 53`,
        });
      }
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

  #sdkAddress(
    { configuration, operations, web }: RecollectStackProps,
    settings: RuntimeSettings,
    access: RequestAccessProps,
    dispatcher: RuntimeFunction | undefined,
  ): { readonly url: string } {
    const { corsOrigins, warm } = configuration;
    if (web === undefined) {
      if (dispatcher === undefined) throw new RangeError('There is no function for SDKs.');
      return new SdkAddress(this, 'Sdk', { dispatcher, corsOrigins, warm });
    }
    const all = combined(operations.map(({ uses }) => uses));
    return new WebAddress(this, 'Web', {
      settings,
      code: web,
      environment: { ...requestEnvironment(access, all), ...consoleEnvironment(access) },
      permissions: requestPermissions(this, access, all),
      rate: configuration.webRate,
      environments: configuration.webEnvironments,
    });
  }
}

/** @param named the name of an alias, or the ARN of a key */
function keyOf(scope: Construct, named: string | undefined): IKey | undefined {
  if (named === undefined) return undefined;
  return named.startsWith('alias/')
    ? Alias.fromAliasName(scope, 'Key', named)
    : Key.fromKeyArn(scope, 'Key', named);
}
