/** Collections, faces and users in DynamoDB, with the tail and the manifest of each search index. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ulid } from 'ulid';
import { Collections, type Counts } from './collections.ts';
import { Erasures } from './erasures.ts';
import { Faces } from './faces.ts';
import { Keeping } from './keeping.ts';
import { COUNT_BUCKETS } from './keys.ts';
import { Manifests } from './manifests.ts';
import { Merges } from './merges.ts';
import { Purges } from './purges.ts';
import { DEFAULT_QUOTAS, Quotas } from './quotas.ts';
import { RemovalNotes } from './removals.ts';
import { Retentions } from './retentions.ts';
import type { RetryPolicy } from './retries.ts';
import { Retries } from './retries.ts';
import { Suppressions } from './suppressions.ts';
import { Sweeps } from './sweeps.ts';
import { Table } from './table.ts';
import { Tail } from './tail.ts';
import { Tokens } from './tokens.ts';
import { Traces } from './traces.ts';
import { Upgrades } from './upgrades.ts';
import { UploadStates } from './upload-states.ts';
import { UserWrites } from './user-writes.ts';
import { Users } from './users.ts';
import { VideoJobs } from './video-jobs.ts';

export type {
  Collection,
  CollectionLine,
  Counts,
  Missing,
  Upgrade,
  UpgradePhase,
} from './collections.ts';
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
  CollectionChangedError,
  CollectionExistsError,
  CollectionFullError,
  CollectionNotFoundError,
  MergeNotFoundError,
  TokenMismatchError,
  TooManyJobsError,
  TooManyTagsError,
  UploadContendedError,
  UserBusyError,
  UserExistsError,
  UserNotFoundError,
} from './errors.ts';
export type { Face, FaceAge, FaceBox, FaceLine, FaceVector, NewFace } from './face-item.ts';
export type { VectorOfFace } from './face-writes.ts';
export type { Deletion, DeletionCondition, Given } from './faces.ts';
export { WITHOUT_VECTOR } from './faces.ts';
export type { IdRange } from './id-ranges.ts';
export { idRanges } from './id-ranges.ts';
export type { IndexKind, IndexName, Slot } from './keys.ts';
export { INDEX_KINDS, INDEX_NAMES, SWEEP } from './keys.ts';
export type { Manifest, Renewal, RetiredShard, ShardReference } from './manifests.ts';
export type { Merge, MergeState, Undone } from './merge-item.ts';
export { FACES_PER_MERGE } from './merges.ts';
export type { Purge, PurgeLease } from './purges.ts';
export { PurgeContendedError } from './purges.ts';
export type { Removals } from './removals.ts';
export { ensureTable } from './schema.ts';
export type { Place } from './slots.ts';
export { indexesOf, indexName, keptOf, kindOf, shadowOf, through, viewsOf } from './slots.ts';
export type {
  NewSuppression,
  StoredSuppression,
  SuppressedVector,
  Suppression,
  SuppressionKind,
} from './suppressions.ts';
export { isIdOf } from './suppressions.ts';
export type { SweepLease } from './sweeps.ts';
export type { TailEntry, TailKind, TailLength } from './tail.ts';
export type { TokenRequest } from './tokens.ts';
export type { Present } from './traces.ts';
export type { Progress } from './upgrades.ts';
export type { BegunUpload, StoredUpload, Upload } from './upload-states.ts';
export type { IdentifiedUser, User, UserStatus } from './user-item.ts';
export { userKeyOf } from './user-item.ts';
export type { TailEncoder } from './user-writes.ts';
export type { Decision, UserChange } from './users.ts';
export { FACES_PER_CHANGE } from './users.ts';
export type { VideoJob, VideoJobStatus, VideoPlan, VideoRequest } from './video-job.ts';
export { JOB_LIFETIME_MS } from './video-job.ts';
export { MOST_OPEN_JOBS } from './video-jobs.ts';

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
  readonly removals: RemovalNotes;
  readonly purges: Purges;
  readonly sweeps: Sweeps;
  readonly uploads: UploadStates;
  readonly traces: Traces;
  readonly erasures: Erasures;
  readonly suppressions: Suppressions;
  readonly retentions: Retentions;
  readonly merges: Merges;
  readonly upgrades: Upgrades;
  readonly keeping: Keeping;
  readonly videoJobs: VideoJobs;

  constructor(options: RecordsOptions) {
    const { clock = () => new Date(), random = Math.random, newId = () => ulid() } = options;
    const retries = new Retries({
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
      retries,
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
    this.faces = new Faces({
      table,
      tail,
      erasures,
      quotas,
      clock,
      bucket,
      collectionOf: (id) => collections.get(id),
    });
    const tokens = new Tokens(table, clock);
    const { faces } = this;
    const writes = new UserWrites({ table, tail, faces, newId, bucket, random });
    this.users = new Users({ table, retries, tokens, erasures, quotas, writes });
    const { users } = this;
    this.merges = new Merges({ table, retries, tokens, users, writes, clock, newId });
    this.upgrades = new Upgrades(table, clock, newId);
    this.keeping = new Keeping({ table, tail, retries, faces, users, writes, clock, bucket });
    this.manifests = new Manifests(table);
    this.removals = new RemovalNotes(table, newId);
    this.purges = new Purges(table, clock, newId);
    this.sweeps = new Sweeps(table, clock, newId);
    this.uploads = new UploadStates(table, clock, newId, bucket);
    this.traces = new Traces(table, clock, newId);
    this.videoJobs = new VideoJobs(table, tokens, clock, newId);
  }
}
