/**
 * The moment an object appears or disappears. The blobs are complete before it; one atomic write
 * to the metadata is the moment itself; blobs that nobody can reach any more are unlinked after.
 */
import type { S3EventRecord } from 'aws-lambda';
import type { ObjectEventName } from '../events.ts';
import { requireMatch, requireWritable } from '../http/preconditions.ts';
import type { Headers } from '../http/request.ts';
import type { ObjectRecord, Segment } from '../storage/records.ts';
import type { Services } from './services.ts';

/** The request on whose behalf something changes. */
export interface Cause {
  readonly bucket: string;
  readonly headers: Headers;
  readonly id: string;
}

export function blobNames(segments: readonly Segment[]): string[] {
  return segments.map((segment) => segment.blob);
}

/**
 * Makes an object visible if the request's conditions hold, and returns it as stored. If they do
 * not, or anything fails, the object's blobs are removed.
 * @throws S3Error PreconditionFailed, NoSuchKey, NoSuchBucket
 */
export async function commitObject(
  services: Services,
  cause: Cause,
  draft: Omit<ObjectRecord, 'modified'>,
  event: ObjectEventName,
): Promise<ObjectRecord> {
  const { metadata, blobs, locks, clock } = services;
  const { bucket } = cause;
  let replaced: ObjectRecord | undefined;
  try {
    const object = await locks.key(bucket, draft.key, async () => {
      metadata.bucket(bucket);
      replaced = await metadata.object(bucket, draft.key);
      requireWritable(cause.headers, replaced);
      const record: ObjectRecord = { ...draft, modified: clock().getTime() };
      const notice = announce(services, cause, record, event);
      await metadata.putObject(bucket, record, notice.kept);
      notice.publish();
      return record;
    });
    if (replaced) await blobs.remove(blobNames(replaced.segments));
    return object;
  } catch (error) {
    await blobs.remove(blobNames(draft.segments));
    throw error;
  }
}

/**
 * Makes an object disappear; one that does not exist is no error unless `ifMatch` is given.
 * @throws S3Error PreconditionFailed, NoSuchKey
 */
export async function removeObject(
  services: Services,
  cause: Cause,
  key: string,
  ifMatch: string | undefined,
): Promise<void> {
  const { metadata, blobs, locks } = services;
  const removed = await locks.key(cause.bucket, key, async () => {
    const current = await metadata.object(cause.bucket, key);
    requireMatch(ifMatch, current);
    if (!current) return undefined;
    const notice = announce(services, cause, current, 'ObjectRemoved:Delete');
    await metadata.deleteObject(cause.bucket, key, notice.kept);
    notice.publish();
    return current;
  });
  if (removed) await blobs.remove(blobNames(removed.segments));
}

/** The event of a change that is about to be stored. */
export interface Notice {
  /** To be stored with the change, if the event is delivered to somebody. */
  readonly kept: S3EventRecord | undefined;
  /** To be called once the change is stored. */
  publish(): void;
}

/** Called under the key's lock, so that the events of a key are in the order of its changes. */
export function announce(
  { publisher, deliveries, clock }: Services,
  cause: Cause,
  object: ObjectRecord,
  name: ObjectEventName,
): Notice {
  const record = publisher.record({
    name,
    bucket: cause.bucket,
    key: object.key,
    size: object.size,
    etag: object.etag,
    time: clock(),
    requestId: cause.id,
  });
  const isDelivered = deliveries.isFor(cause.bucket);
  return {
    kept: isDelivered ? record : undefined,
    publish() {
      publisher.publish(record);
      if (isDelivered) deliveries.begin();
    },
  };
}
