/** The S3 of one machine: who may call it, what of it is told to whom, and the buckets of the service's own. */
import path from 'node:path';
import { BucketAlreadyOwnedByYou, CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import type { AccessLog } from '../../functions/http/access-log.ts';
import { corsHeaders, type DoorSettings, refusal } from '../../functions/http/doorkeeper.ts';
import type { FileKeyStore } from '../../layers/keys/index.ts';
import type { issueKey } from '../../layers/protocol/index.ts';
import { type LocalS3, startS3 } from '../emulators/s3/index.ts';
import { s3Entry } from './entries.ts';
import { S3_GREETING } from './greetings.ts';
import { type LocalUploads, UPLOAD_BUCKET } from './local-uploads.ts';
import type { LocalOptions } from './options.ts';
import { SHARD_BUCKET } from './places.ts';
import { s3Credentials } from './s3-credentials.ts';
import { VIDEO_BUCKET } from './videos.ts';

export interface ObjectStoreSettings {
  readonly options: Pick<LocalOptions, 'data' | 'host' | 's3Port'>;
  /** The key that the service itself uses. */
  readonly own: ReturnType<typeof issueKey>;
  /** The keys of others; undefined where nobody needs one. */
  readonly keys: FileKeyStore | undefined;
  readonly door: DoorSettings;
  readonly uploads: LocalUploads;
  readonly log: AccessLog;
  readonly notice: (sentence: string) => void;
}

/** @throws the system's error if the port is taken, StoreError if the data are in use, damaged or not all there */
export function startObjectStore(settings: ObjectStoreSettings): Promise<LocalS3> {
  const { options, own, keys, door, uploads, log, notice } = settings;
  return startS3({
    directory: path.join(options.data, 's3'),
    host: options.host,
    port: options.s3Port,
    notice,
    reserved: {
      buckets: [SHARD_BUCKET, VIDEO_BUCKET],
      accessKeyId: own.id,
      secretAccessKey: own.secret,
    },
    door: {
      refuse: (visitor) => refusal(visitor, door),
      corsHeaders: (visitor) => corsHeaders(visitor, door),
    },
    greeting: S3_GREETING,
    onAnswer: (answered) => {
      // What the service does itself is part of a request that has a line of its own.
      if (answered.signer?.accessKeyId !== own.id) log(s3Entry(answered));
    },
    onFault: () => undefined,
    notification: { bucket: UPLOAD_BUCKET, deliver: (record) => uploads.deliver(record) },
    ...(keys && { credentials: s3Credentials(own, keys, () => new Date()) }),
  });
}

export async function ensureBuckets(s3: S3Client): Promise<void> {
  for (const bucket of [SHARD_BUCKET, UPLOAD_BUCKET, VIDEO_BUCKET]) await ensureBucket(s3, bucket);
}

async function ensureBucket(s3: S3Client, bucket: string): Promise<void> {
  try {
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (!(error instanceof BucketAlreadyOwnedByYou)) throw error;
  }
}
