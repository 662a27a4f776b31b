/** A job on stored video: what was asked for, what is known, and the item that it is in the table. */
import { videoJobKey } from './keys.ts';
import type { Item } from './table.ts';

export type VideoJobStatus = 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED';

/** What was asked for; it never changes. */
export interface VideoRequest {
  readonly operation: 'StartFaceSearch' | 'StartFaceDetection';
  readonly bucket: string;
  readonly name: string;
  readonly version?: string | undefined;
  /** Of the object when the job began, as S3 writes it. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  readonly jobTag?: string | undefined;
  /** Whom to notify: the ARN of a topic. */
  readonly topic?: string | undefined;
  /** Of a search. */
  readonly collection?:
    | { readonly id: string; readonly generation: string; readonly faceModel: string }
    | undefined;
  /** Of a search: 0..100. */
  readonly threshold?: number | undefined;
  /** Of a detection. */
  readonly attributes?: 'DEFAULT' | 'ALL' | undefined;
}

/** What is known of the video once it has been looked into. */
export interface VideoPlan {
  readonly metadata: {
    readonly Codec: string;
    readonly DurationMillis: number;
    readonly Format: string;
    readonly FrameRate: number;
    readonly FrameHeight: number;
    readonly FrameWidth: number;
    readonly ColorRange: 'FULL' | 'LIMITED';
  };
  /** Pictures a second that are looked at. */
  readonly rate: number;
  /** Cells of the sampling grid in a part, and how many parts there are. */
  readonly cells: number;
  readonly parts: number;
}

export interface VideoJob {
  readonly id: string;
  readonly request: VideoRequest;
  readonly status: VideoJobStatus;
  /** Why it failed. */
  readonly message?: string | undefined;
  readonly plan?: VideoPlan | undefined;
  /** Parts that are done. */
  readonly done: number;
  /** Of the results. */
  readonly rows: number;
  /** Whether somebody is still to be notified. */
  readonly mustNotify: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly changedAt: number;
  readonly finishedAt?: number | undefined;
}

/** Results are kept for so long. */
export const JOB_LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;

interface JobItem extends Item {
  /** A {@link VideoJob}, as JSON: no expression looks into it. */
  readonly job: string;
  readonly revision: string;
  /** Seconds since the epoch, once it has ended. The table's TTL deletes the item some time after. */
  readonly expires?: number;
}

export function toItem(job: VideoJob, revision: string): JobItem {
  return {
    ...videoJobKey(job.id),
    job: JSON.stringify(job),
    revision,
    ...(job.finishedAt !== undefined && {
      expires: Math.ceil((job.finishedAt + JOB_LIFETIME_MS) / 1000),
    }),
  };
}

export function fromItem(item: Item): VideoJob {
  return JSON.parse(String(item['job'])) as VideoJob;
}
