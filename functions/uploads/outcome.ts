/**
 * What became of an object, told as an event. docs/ingest.md has the schema and an example.
 *
 * Outcomes are told at least once: of those with one `Id`, one counts.
 */
import type { Infer, members } from '../../layers/protocol/index.ts';
import { uuid5 } from '../common/identity.ts';
import type { indexedMembers } from '../common/indexing.ts';
import type { ObjectEvent } from './object-events.ts';
import type { Reason } from './rejection.ts';
import type { UserOutcome } from './upload-user.ts';

export const OUTCOME_SOURCE = 'recollect';
export const OUTCOME_TYPE = 'Recollect Upload Outcome';

/**
 * - `INDEXED`: faces are stored
 * - `NO_FACES`: none was found that is good enough
 * - `REJECTED`: it is in the dead letters, `Reason` says why
 * - `SKIPPED`: the object was gone before it was looked at
 * - `REMOVED`: the object is gone, and its faces are deleted from a collection that mirrors the bucket
 */
export type OutcomeStatus = 'INDEXED' | 'NO_FACES' | 'REJECTED' | 'SKIPPED' | 'REMOVED';

type IndexedMembers = ReturnType<typeof indexedMembers>;

/** Of faces that could not be deleted, as DeleteFaces says it. */
export interface UndeletedFace {
  readonly FaceId: string;
  readonly UserId: string | undefined;
  readonly Reasons: readonly string[];
}

export interface Outcome {
  /** The same whenever the same is told of the same version of an object. */
  readonly Id: string;
  readonly Status: OutcomeStatus;
  readonly Bucket: string;
  readonly Key: string;
  readonly ETag?: string | undefined;
  /** Bytes. */
  readonly Size?: number | undefined;
  /** Of the event that led to this; text that sorts, for one key, as things happened. */
  readonly Sequencer: string;
  readonly CollectionId?: string | undefined;
  readonly ExternalImageId?: string | undefined;
  readonly FaceModelVersion?: string | undefined;
  readonly FaceRecords?: IndexedMembers['FaceRecords'];
  readonly UnindexedFaces?: IndexedMembers['UnindexedFaces'];
  /** Of an upload that names a user. */
  readonly User?: UserOutcome;
  /** Faces that an earlier version of the object, or the removed object, had brought. */
  readonly DeletedFaces?: readonly string[];
  readonly UnsuccessfulFaceDeletions?: readonly UndeletedFace[];
  readonly Reason?: Reason;
}

/** Where outcomes go; a call resolves when the outcome is certain to arrive. */
export interface Outcomes {
  publish(outcome: Outcome): Promise<void>;
}

/** Namespace of this project's outcomes, drawn once at random. */
const OUTCOMES = '0c0b2ffb-8b3c-4f0e-a9a2-5a4f3f0a4d53';

/** @param version of the object, or of the event about it */
export function outcomeId(
  { bucket, key }: Pick<ObjectEvent, 'bucket' | 'key'>,
  version: string,
  status: OutcomeStatus,
): string {
  return uuid5(OUTCOMES, JSON.stringify([bucket, key, version, status]));
}

/** What every outcome says. @param version of the object, or of the event about it */
export function about(event: ObjectEvent, version: string, status: OutcomeStatus) {
  const { bucket, key, sequencer } = event;
  return {
    Id: outcomeId(event, version, status),
    Status: status,
    Bucket: bucket,
    Key: key,
    Sequencer: sequencer,
  };
}

/** Bytes that EventBridge takes in an entry, less what it counts for source, type, time and resource. */
const LARGEST_DETAIL = 256 * 1024 - 4096;

type FaceDetail = Infer<typeof members.FaceDetail>;

/**
 * The outcome as JSON that an entry of EventBridge holds: if need be the faces' details are cut to box and
 * confidence, and `Abridged` says so.
 */
export function outcomeDetail(outcome: Outcome, largest = LARGEST_DETAIL): string {
  const whole = JSON.stringify(outcome);
  if (Buffer.byteLength(whole) <= largest) return whole;
  const abridge = ({ BoundingBox, Confidence }: FaceDetail = {}) => ({ BoundingBox, Confidence });
  return JSON.stringify({
    ...outcome,
    Abridged: true,
    FaceRecords: outcome.FaceRecords?.map(({ Face, FaceDetail }) => ({
      Face,
      FaceDetail: abridge(FaceDetail),
    })),
    UnindexedFaces: outcome.UnindexedFaces?.map(({ Reasons, FaceDetail }) => ({
      Reasons,
      FaceDetail: abridge(FaceDetail),
    })),
  });
}
