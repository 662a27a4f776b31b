/**
 * An S3 for one machine: unmodified AWS SDKs, the AWS CLI and presigned URLs work against it, and
 * its data are files in one directory.
 *
 * `directory/blobs` holds bytes, `directory/metadata` says what they are. An object that was
 * acknowledged is on the medium: it survives the death of the process and a power cut. Versioning, ACLs and policies are not enforced; whatever is not served is refused with
 * NotImplemented rather than ignored.
 */
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { STORE_FILE, StoreMissingError } from '../storage/index.ts';
import type { CredentialLookup } from './auth/authenticate.ts';
import { Deliveries, type Notification } from './deliveries.ts';
import { EventPublisher, type S3Events } from './events.ts';
import type { Answered, Door, Reserved } from './http/visitors.ts';
import { S3Server } from './server.ts';
import { Blobs } from './storage/blobs.ts';
import { Metadata } from './storage/metadata.ts';
import { BucketLocks } from './storage/mutex.ts';

export type { CredentialLookup } from './auth/authenticate.ts';
export type { Notification } from './deliveries.ts';
export type { S3Events } from './events.ts';
export type { Answered, Door, Reserved } from './http/visitors.ts';
export { inspectS3 } from './inspect.ts';

export interface S3Options {
  /** Created if it does not exist. One server at a time may have it open. */
  readonly directory: string;
  /** 0, the default, for any free port. */
  readonly port?: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  readonly clock?: () => Date;
  /** If given, signatures are verified; otherwise any well-formed one is accepted. */
  readonly credentials?: CredentialLookup;
  /** Buckets that only one key may use. Default: none. */
  readonly reserved?: Reserved;
  /** Who is not let in. Default: everybody is. */
  readonly door?: Door;
  /** What somebody is told who opens the address in a browser. */
  readonly greeting?: string;
  /** Told of every request that has been answered. */
  readonly onAnswer?: (answered: Answered) => void;
  /** Named in events, and the region of buckets created without one. Default `us-east-1`. */
  readonly region?: string;
  /** Who is told of the changes in a bucket. */
  readonly notification?: Notification;
  /**
   * `create`, the default, makes what is not there, and carries over what an earlier version left;
   * `existing` opens what is there and deletes nothing.
   */
  readonly mode?: 'create' | 'existing';
  /** Told what was noticed and put right while opening. */
  readonly notice?: (sentence: string) => void;
  /** Told of every internal error. Default: written to standard error. */
  readonly onFault?: (error: unknown) => void;
}

const METADATA = 'metadata';
const BLOBS = 'blobs';

export interface LocalS3 {
  /** Such as `http://127.0.0.1:8001`. */
  readonly endpoint: string;
  /** Emits `record` with an AWS S3 event record for each object created or removed. */
  readonly events: S3Events;
  /** Finishes the requests in progress, then releases the port and the directory. */
  close(): Promise<void>;
}

/** @throws StoreError if the directory is in use, missing, damaged, full or not to be written, or the system's error if the port or directory cannot be used */
export async function startS3(options: S3Options): Promise<LocalS3> {
  const clock = options.clock ?? (() => new Date());
  const region = options.region ?? 'us-east-1';
  const onFault = options.onFault ?? ((error) => console.error('Local S3:', error));

  const { directory, mode = 'create', notice } = options;
  if (mode === 'create') await mkdir(directory, { recursive: true, mode: 0o700 });
  await requireMetadata(directory);
  const metadata = await Metadata.open({ folder: path.join(directory, METADATA), mode, notice });
  try {
    const blobs = await Blobs.open(path.join(directory, BLOBS), mode === 'create');
    if (mode === 'create') await blobs.collect(await metadata.liveBlobs());
    const publisher = new EventPublisher(region, clock(), onFault);
    const deliveries = new Deliveries(metadata, options.notification, onFault);
    const server = new S3Server(
      { metadata, blobs, locks: new BucketLocks(), publisher, deliveries, clock, region },
      {
        host: options.host ?? '127.0.0.1',
        port: options.port ?? 0,
        credentials: options.credentials,
        reserved: options.reserved,
        door: options.door,
        greeting: options.greeting ?? 'This is an S3. It is called by AWS SDKs, and the AWS CLI.\n',
        onAnswer: options.onAnswer ?? (() => undefined),
        onFault,
      },
    );
    const endpoint = await server.listen();
    deliveries.begin();
    return {
      endpoint,
      events: publisher.events,
      close: async () => {
        await server.close();
        await deliveries.stop();
        await metadata.close();
      },
    };
  } catch (error) {
    await metadata.close();
    throw error;
  }
}

/** Blobs without metadata are half of a directory, not garbage. @throws StoreMissingError */
async function requireMetadata(directory: string): Promise<void> {
  const [blobs, metadata] = await Promise.all(
    [BLOBS, METADATA].map((name) => readdir(path.join(directory, name)).catch(() => [])),
  );
  if (blobs?.length !== 0 && metadata?.length === 0) {
    throw new StoreMissingError(path.join(directory, METADATA, STORE_FILE));
  }
}
