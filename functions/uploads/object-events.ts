/**
 * What S3 says about objects, in messages of a queue.
 *
 * A message is taken as a hint that something happened to a key, not as the truth about it: S3 delivers at
 * least once and in any order, so whoever acts on a message looks at the object as it is by then.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
import type { S3EventRecord } from 'aws-lambda';

export interface ObjectEvent {
  readonly bucket: string;
  /** As the object is named, not as the event spells it. */
  readonly key: string;
  /** Of the object that the event is about, without quotes; none of one that was removed. */
  readonly etag: string | undefined;
  /** Orders the events of one key, as text of equal length. */
  readonly sequencer: string;
  readonly removed: boolean;
  readonly record: S3EventRecord;
}

/** A message that S3 has not sent. */
export class ObjectEventError extends Error {
  override readonly name = 'ObjectEventError';
}

/**
 * @param body of a message
 * @returns nothing for the message with which S3 tries a queue out
 * @throws ObjectEventError
 */
export function readObjectEvents(body: string): ObjectEvent[] {
  const message = parse(body);
  if (typeof message !== 'object' || message === null) throw new ObjectEventError('No S3 event.');
  if ('Event' in message && message.Event === 's3:TestEvent') return [];
  if (!('Records' in message) || !Array.isArray(message.Records)) {
    throw new ObjectEventError('No S3 event: it has no Records.');
  }
  return message.Records.map(readRecord);
}

function readRecord(record: S3EventRecord): ObjectEvent {
  const { eventName, s3 } = record;
  const { bucket, object } = s3 ?? {};
  if (
    typeof eventName !== 'string' ||
    typeof bucket?.name !== 'string' ||
    typeof object?.key !== 'string'
  ) {
    throw new ObjectEventError('No S3 event: a record lacks its name, bucket or key.');
  }
  return {
    bucket: bucket.name,
    key: decodeKey(object.key),
    etag: object.eTag === undefined || object.eTag === '' ? undefined : object.eTag,
    sequencer: object.sequencer ?? '',
    removed: /^(s3:)?(ObjectRemoved|LifecycleExpiration):/.test(eventName),
    record,
  };
}

/** Keys are form-encoded: a space is a plus, everything beyond ASCII its UTF-8 in percent signs. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch (cause) {
    throw new ObjectEventError('No S3 event: a key is not form-encoded UTF-8.', { cause });
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new ObjectEventError('No S3 event: it is not JSON.', { cause });
  }
}
