/**
 * Buckets, objects and multipart uploads in LevelDB. One batch is one atomic change: a crash
 * leaves all of it or none of it.
 *
 * Keys sort by their UTF-8 bytes, which is S3's listing order. A bucket name holds no NUL, so
 * `<bucket> NUL <key>` keeps every bucket's objects together whatever the key contains.
 */
import type { S3EventRecord } from 'aws-lambda';
import { type ChainedBatch, ClassicLevel } from 'classic-level';
import { S3DirectoryInUseError, S3Error } from '../errors.ts';
import type { BucketRecord, ObjectRecord, PartRecord, UploadRecord } from './records.ts';

type Batch = ChainedBatch<ClassicLevel<string, string>, string, string>;

const json = { valueEncoding: 'json' } as const;

/** Sorts after every UTF-8 string that begins with `prefix`: the byte FF is in none of them. */
const afterPrefix = (prefix: string): Buffer =>
  Buffer.concat([Buffer.from(prefix), Buffer.from([0xff])]);

const objectKey = (bucket: string, key: string): string => `${bucket}\0${key}`;
const partKey = (upload: string, part: number): string =>
  `${upload}\0${String(part).padStart(5, '0')}`;
const uploadKey = (upload: UploadRecord): string => `${upload.bucket}\0${upload.id}`;

/** Walks records in key order and can leap over the rest of a prefix. */
export interface ObjectCursor {
  next(): Promise<ObjectRecord | undefined>;
  skipPrefix(prefix: string): void;
  close(): Promise<void>;
}

export class Metadata {
  readonly #db: ClassicLevel<string, string>;
  readonly #buckets;
  readonly #objects;
  readonly #uploads;
  readonly #parts;
  readonly #outbox;
  readonly #write: { readonly sync: boolean };

  private constructor(db: ClassicLevel<string, string>, durable: boolean) {
    this.#db = db;
    this.#buckets = db.sublevel<string, BucketRecord>('buckets', json);
    this.#objects = db.sublevel<string, ObjectRecord>('objects', json);
    this.#uploads = db.sublevel<string, UploadRecord>('uploads', json);
    this.#parts = db.sublevel<string, PartRecord>('parts', json);
    this.#outbox = db.sublevel<string, S3EventRecord>('outbox', json);
    this.#write = { sync: durable };
  }

  /** @throws S3DirectoryInUseError if the database is open elsewhere. */
  static async open(directory: string, durable: boolean): Promise<Metadata> {
    const db = new ClassicLevel<string, string>(directory);
    try {
      await db.open();
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      const locked = cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED';
      throw locked ? new S3DirectoryInUseError(directory, error) : error;
    }
    return new Metadata(db, durable);
  }

  close(): Promise<void> {
    return this.#db.close();
  }

  // --- Buckets

  /** @throws S3Error NoSuchBucket */
  bucket(name: string): BucketRecord {
    const record = this.findBucket(name);
    if (!record) throw new S3Error('NoSuchBucket', { details: { BucketName: name } });
    return record;
  }

  findBucket(name: string): BucketRecord | undefined {
    return this.#buckets.getSync(name);
  }

  buckets(): Promise<BucketRecord[]> {
    return this.#buckets.values().all();
  }

  putBucket(record: BucketRecord): Promise<void> {
    return this.#batch().put(record.name, record, { sublevel: this.#buckets }).write(this.#write);
  }

  /** Removes the bucket with the uploads that were in progress; the caller saw that it is empty. */
  async deleteBucket(name: string): Promise<void> {
    const uploads = await this.uploads(name);
    const parts = await Promise.all(uploads.map((upload) => this.parts(upload.id)));
    const batch = this.#batch().del(name, { sublevel: this.#buckets });
    for (const [i, upload] of uploads.entries()) this.#addUploadEnd(batch, upload, parts[i] ?? []);
    await batch.write(this.#write);
  }

  // --- Objects

  /** Synchronous, so that a reader can pin the blobs before anything else happens. */
  object(bucket: string, key: string): ObjectRecord | undefined {
    return this.#objects.getSync(objectKey(bucket, key));
  }

  /** @param event to be kept in the outbox by the same change */
  putObject(bucket: string, record: ObjectRecord, event?: S3EventRecord): Promise<void> {
    const batch = this.#batch().put(objectKey(bucket, record.key), record, {
      sublevel: this.#objects,
    });
    return this.#withEvent(batch, event).write(this.#write);
  }

  /** @param event to be kept in the outbox by the same change */
  deleteObject(bucket: string, key: string, event?: S3EventRecord): Promise<void> {
    const batch = this.#batch().del(objectKey(bucket, key), { sublevel: this.#objects });
    return this.#withEvent(batch, event).write(this.#write);
  }

  /** Objects with keys >= `from`, in key order. The caller closes the cursor. */
  objectsFrom(bucket: string, from: string): ObjectCursor {
    const iterator = this.#objects.values<Buffer, ObjectRecord>({
      keyEncoding: 'buffer',
      gte: Buffer.from(objectKey(bucket, from)),
      lt: afterPrefix(objectKey(bucket, '')),
    });
    return {
      next: () => iterator.next(),
      skipPrefix: (prefix) => iterator.seek(afterPrefix(objectKey(bucket, prefix))),
      close: () => iterator.close(),
    };
  }

  // --- Multipart uploads

  /** @throws S3Error NoSuchUpload if the id is not of an upload to this very key. */
  async upload(bucket: string, key: string, id: string): Promise<UploadRecord> {
    const record = await this.#uploads.get(`${bucket}\0${id}`);
    if (!record || record.key !== key)
      throw new S3Error('NoSuchUpload', { details: { UploadId: id } });
    return record;
  }

  /** Ordered by key, then by id. */
  async uploads(bucket: string): Promise<UploadRecord[]> {
    const records = await this.#uploads.values({ gte: `${bucket}\0`, lt: `${bucket}\x01` }).all();
    return records.sort(
      (a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) || (a.id < b.id ? -1 : 1),
    );
  }

  putUpload(record: UploadRecord): Promise<void> {
    return this.#batch()
      .put(uploadKey(record), record, { sublevel: this.#uploads })
      .write(this.#write);
  }

  part(upload: string, part: number): Promise<PartRecord | undefined> {
    return this.#parts.get(partKey(upload, part));
  }

  /** In ascending part number. */
  parts(upload: string): Promise<PartRecord[]> {
    return this.#parts.values({ gte: `${upload}\0`, lt: `${upload}\x01` }).all();
  }

  putPart(upload: string, record: PartRecord): Promise<void> {
    return this.#batch()
      .put(partKey(upload, record.number), record, { sublevel: this.#parts })
      .write(this.#write);
  }

  /**
   * Removes the upload and its parts, and makes `object`, if given, visible in the same change.
   * @param event to be kept in the outbox by the same change
   */
  async endUpload(
    upload: UploadRecord,
    object?: ObjectRecord,
    event?: S3EventRecord,
  ): Promise<void> {
    const parts = await this.parts(upload.id);
    const batch = this.#batch();
    if (object) {
      batch.put(objectKey(upload.bucket, object.key), object, { sublevel: this.#objects });
    }
    this.#addUploadEnd(batch, upload, parts);
    await this.#withEvent(batch, event).write(this.#write);
  }

  #addUploadEnd(batch: Batch, upload: UploadRecord, parts: readonly PartRecord[]): void {
    batch.del(uploadKey(upload), { sublevel: this.#uploads });
    for (const part of parts) {
      batch.del(partKey(upload.id, part.number), { sublevel: this.#parts });
    }
  }

  // --- Events that wait to be delivered

  /** In the order of the changes. */
  pendingEvents(limit: number): Promise<S3EventRecord[]> {
    return this.#outbox.values({ limit }).all();
  }

  forgetEvent({ s3 }: S3EventRecord): Promise<void> {
    return this.#outbox.del(s3.object.sequencer);
  }

  #withEvent(batch: Batch, event: S3EventRecord | undefined): Batch {
    return event ? batch.put(event.s3.object.sequencer, event, { sublevel: this.#outbox }) : batch;
  }

  /** Sublevels cannot ask for a flush to the disk; a batch of the database can. */
  #batch(): Batch {
    return this.#db.batch();
  }

  /** Every blob that some object or part names. */
  async liveBlobs(): Promise<Set<string>> {
    const live = new Set<string>();
    for await (const object of this.#objects.values()) {
      for (const { blob } of object.segments) live.add(blob);
    }
    for await (const part of this.#parts.values()) live.add(part.blob);
    return live;
  }
}
