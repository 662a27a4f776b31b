/** What every operation works with, and what an operation is. */
import type { Deliveries } from '../deliveries.ts';
import type { EventPublisher } from '../events.ts';
import type { S3Request } from '../http/request.ts';
import type { S3Response } from '../http/response.ts';
import type { Blobs } from '../storage/blobs.ts';
import type { Metadata } from '../storage/metadata.ts';
import type { BucketLocks } from '../storage/mutex.ts';

export interface Services {
  readonly metadata: Metadata;
  readonly blobs: Blobs;
  /** By bucket name: held while the metadata of a bucket is read and then changed. */
  readonly locks: BucketLocks;
  readonly publisher: EventPublisher;
  readonly deliveries: Deliveries;
  readonly clock: () => Date;
  readonly region: string;
}

/** Answers one kind of request, or throws an S3Error. */
export type Operation = (services: Services, request: S3Request) => Promise<S3Response>;
