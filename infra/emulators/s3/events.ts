/**
 * What happens to objects, as the event records that AWS would send to a Lambda function.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
import { EventEmitter } from 'node:events';
import type { S3EventRecord } from 'aws-lambda';

export type ObjectEventName =
  | 'ObjectCreated:Put'
  | 'ObjectCreated:Post'
  | 'ObjectCreated:Copy'
  | 'ObjectCreated:CompleteMultipartUpload'
  | 'ObjectRemoved:Delete';

/** `record` is emitted once for each change, in order, after the change is stored. */
export type S3Events = EventEmitter<{ record: [S3EventRecord] }>;

export interface ObjectEvent {
  readonly name: ObjectEventName;
  readonly bucket: string;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly etag: string;
  readonly time: Date;
  readonly requestId: string;
}

/** Publishes changes to listeners, who run after the change's own work is done. */
export class EventPublisher {
  readonly events: S3Events = new EventEmitter();
  readonly #region: string;
  readonly #onFault: (error: unknown) => void;
  #sequence: bigint;

  /** `start` seeds the sequencer, which must not go back when the server starts again. */
  constructor(region: string, start: Date, onFault: (error: unknown) => void) {
    this.#region = region;
    this.#onFault = onFault;
    this.#sequence = BigInt(start.getTime()) << 20n;
  }

  /** The record of a change that is about to be stored. */
  record(event: ObjectEvent): S3EventRecord {
    this.#sequence += 1n;
    return toRecord(event, this.#region, this.#sequence);
  }

  publish(record: S3EventRecord): void {
    setImmediate(() => {
      try {
        this.events.emit('record', record);
      } catch (error) {
        this.#onFault(error);
      }
    });
  }
}

function toRecord(event: ObjectEvent, region: string, sequence: bigint): S3EventRecord {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: region,
    eventTime: event.time.toISOString(),
    eventName: event.name,
    userIdentity: { principalId: 'local' },
    requestParameters: { sourceIPAddress: '127.0.0.1' },
    responseElements: { 'x-amz-request-id': event.requestId, 'x-amz-id-2': event.requestId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'local',
      bucket: {
        name: event.bucket,
        ownerIdentity: { principalId: 'local' },
        arn: `arn:aws:s3:::${event.bucket}`,
      },
      object: {
        key: encodeEventKey(event.key),
        size: event.size,
        eTag: event.etag,
        sequencer: sequence.toString(16).toUpperCase().padStart(18, '0'),
      },
    },
  };
}

/** Form-encoded except for slashes, as AWS does it: `my photo+1.jpg` is `my+photo%2B1.jpg`. */
function encodeEventKey(key: string): string {
  return new URLSearchParams([['', key]]).toString().slice(1).replaceAll('%2F', '/');
}
