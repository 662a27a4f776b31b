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
 * | `foldTail`             | 100000    | vectors and deletions of a tail that one fold takes                  |
 * | `foldRewrites`         | 16        | shards that one fold rewrites besides those that the tail joins      |
 * | `foldMemory`           | memory    | MB of the function that folds                                        |
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
import type { Afterwards } from '../../functions/uploads/afterwards.ts';

export interface StackConfiguration {
  readonly stackName: string;
  readonly architecture: 'arm64' | 'x64';
  readonly memory: number;
  readonly imageBuckets: readonly string[];
  readonly foldAt: number;
  readonly foldTail: number;
  readonly foldRewrites: number;
  readonly foldMemory: number;
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
