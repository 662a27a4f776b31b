/** Collections, faces and users in DynamoDB, with the tail and the manifest of each search index. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ulid } from 'ulid';
import { Collections, type Counts } from './collections.ts';
import { Erasures } from './erasures.ts';
import { Faces } from './faces.ts';
import { COUNT_BUCKETS } from './keys.ts';
import { Manifests } from './manifests.ts';
import { Merges } from './merges.ts';
import type { RetryPolicy } from './patience.ts';
import { Patience } from './patience.ts';
import { Purges } from './purges.ts';
import { DEFAULT_QUOTAS, Quotas } from './quotas.ts';
import { Retentions } from './retentions.ts';
import { Suppressions } from './suppressions.ts';
import { Table } from './table.ts';
import { Tail } from './tail.ts';
import { Tokens } from './tokens.ts';
import { Traces } from './traces.ts';
import { Uploads } from './uploads.ts';
import { Users } from './users.ts';
import { VideoJobs } from './video-jobs.ts';

export type { Collection, CollectionLine, Counts } from './collections.ts';
export type {
  Erasure,
  ErasureCause,
  ErasurePlace,
  ErasureReceipt,
  ErasureSubject,
  Gone,
} from './erasures.ts';
export { ERASURE_PLACES, subjectDigest } from './erasures.ts';
export {
  BusyError,
  CollectionExistsError,
  CollectionFullError,
  CollectionNotFoundError,
  MergeNotFoundError,
  SuppressionsChangedError,
  TokenMismatchError,
  TooManyJobsError,
  TooManyTagsError,
  UploadContendedError,
  UserBusyError,
  UserExistsError,
  UserNotFoundError,
} from './errors.ts';
export type { Deletion, Face, FaceAge, FaceBox, FaceLine, NewFace } from './faces.ts';
export type { IndexName } from './keys.ts';
export { INDEX_NAMES } from './keys.ts';
export type { Manifest, RetiredShard, ShardReference } from './manifests.ts';
export type { Merge, MergeState, Undone } from './merges.ts';
export { FACES_PER_MERGE } from './merges.ts';
export type { Purge } from './purges.ts';
export { ensureTable } from './schema.ts';
export type {
  NewSuppression,
  SuppressedVector,
  Suppression,
  SuppressionKind,
} from './suppressions.ts';
export type { TailEntry, TailKind } from './tail.ts';
export type { TokenRequest } from './tokens.ts';
export type { Present } from './traces.ts';
export type { BegunUpload, StoredUpload, Upload } from './uploads.ts';
export type { IdentifiedUser, User, UserStatus } from './user-item.ts';
export { userKeyOf } from './user-item.ts';
export type { Decision, TailEncoder, UserChange } from './users.ts';
export { FACES_PER_CHANGE } from './users.ts';
export {
  JOB_LIFETIME_MS,
  MOST_OPEN_JOBS,
  type VideoJob,
  type VideoJobStatus,
  type VideoPlan,
  type VideoRequest,
} from './video-jobs.ts';

export interface RecordsOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly clock?: () => Date;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  /** Distinct and, among one process's, ascending. */
  readonly newId?: () => string;
  readonly retry?: RetryPolicy;
  /** The most faces and users of a collection. Default: those of the service. */
  readonly quotas?: Counts;
  /** How to wait, in milliseconds, before a retry. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

export class Records {
  readonly collections: Collections;
  readonly faces: Faces;
  readonly users: Users;
  readonly tail: Tail;
  readonly manifests: Manifests;
  readonly purges: Purges;
  readonly uploads: Uploads;
  readonly traces: Traces;
  readonly erasures: Erasures;
  readonly suppressions: Suppressions;
  readonly retentions: Retentions;
  readonly merges: Merges;
  readonly videoJobs: VideoJobs;

  constructor(options: RecordsOptions) {
    const { clock = () => new Date(), random = Math.random, newId = () => ulid() } = options;
    const patience = new Patience({
      random,
      clock: () => clock().getTime(),
      ...(options.retry === undefined ? {} : { retry: options.retry }),
      ...(options.sleep === undefined ? {} : { sleep: options.sleep }),
    });
    const table = new Table({
      client: DynamoDBDocumentClient.from(options.client, {
        marshallOptions: { removeUndefinedValues: true },
      }),
      name: options.table,
      patience,
    });
    const bucket = Math.floor(random() * COUNT_BUCKETS);
    this.tail = new Tail(table, newId, random);
    this.erasures = new Erasures(table, clock, newId);
    this.suppressions = new Suppressions(table, clock, newId);
    this.retentions = new Retentions(table);
    this.collections = new Collections(table, clock, newId, this.erasures);
    const { collections, erasures, tail } = this;
    const limits = options.quotas ?? DEFAULT_QUOTAS;
    const quotas = new Quotas(limits, (collection) => collections.counts(collection), clock);
    this.faces = new Faces({ table, tail, erasures, quotas, clock, bucket });
    const tokens = new Tokens(table, clock);
    this.merges = new Merges({ table, patience, tail, tokens, clock, newId, bucket });
    this.users = new Users({
      table,
      patience,
      tail: this.tail,
      erasures: this.erasures,
      tokens,
      newId,
      quotas,
      bucket,
    });
    this.manifests = new Manifests(table);
    this.purges = new Purges(table);
    this.uploads = new Uploads(table, clock, newId, bucket);
    this.traces = new Traces(table, clock, newId);
    this.videoJobs = new VideoJobs(table, tokens, clock, newId);
  }
}
