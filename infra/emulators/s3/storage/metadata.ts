/**
 * Buckets, objects and multipart uploads in a store. One commit is one atomic change: a crash leaves all of
 * it or none of it.
 *
 * Keys sort by their UTF-8 bytes, which is S3's listing order. A bucket name holds no NUL, so
 * `<bucket> NUL <key>` keeps every bucket's objects together whatever the key contains.
 */
import type { S3EventRecord } from 'aws-lambda';
import { type Range, Store, type StoreOptions, type Write } from '../../storage/index.ts';
import { S3Error } from '../errors.ts';
import type { BucketRecord, ObjectRecord, PartRecord, UploadRecord } from './records.ts';

/** What the keys of each kind begin with. */
const BUCKETS = '!buckets!';
const OBJECTS = '!objects!';
const UPLOADS = '!uploads!';
const PARTS = '!parts!';
const OUTBOX = '!outbox!';

const bucketKey = (name: string): string => BUCKETS + name;
const objectKey = (bucket: string, key: string): string => `${OBJECTS}${bucket}\0${key}`;
const partKey = (upload: string, part: number): string =>
  `${PARTS}${upload}\0${String(part).padStart(5, '0')}`;
const uploadKey = ({ bucket, id }: Pick<UploadRecord, 'bucket' | 'id'>): string =>
  `${UPLOADS}${bucket}\0${id}`;
const eventKey = ({ s3 }: S3EventRecord): string => OUTBOX + s3.object.sequencer;

const put = (key: string, value: unknown): Write => ({ type: 'put', key, value });
const del = (key: string): Write => ({ type: 'del', key });

/** Sorts after every UTF-8 string that begins with `prefix`: the byte FF is in none of them. */
const afterPrefix = (prefix: string): Uint8Array =>
  Buffer.concat([Buffer.from(prefix), Buffer.from([0xff])]);
const startingWith = (prefix: string): Range => ({ gte: prefix, lt: afterPrefix(prefix) });

/** Walks records in key order and can leap over the rest of a prefix. */
export interface ObjectCursor {
  next(): Promise<ObjectRecord | undefined>;
  skipPrefix(prefix: string): void;
}

export class Metadata {
  readonly #store: Store;
  /** All of them, since every request asks for one. */
  readonly #buckets: Map<string, BucketRecord>;

  private constructor(store: Store, buckets: Map<string, BucketRecord>) {
    this.#store = store;
    this.#buckets = buckets;
  }

  /** @throws StoreError */
  static async open(options: StoreOptions): Promise<Metadata> {
    const store = await Store.open(options);
    try {
      const buckets = await all<BucketRecord>(store, startingWith(BUCKETS));
      return new Metadata(store, new Map(buckets.map((bucket) => [bucket.name, bucket])));
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  // --- Buckets

  /** @throws S3Error NoSuchBucket */
  bucket(name: string): BucketRecord {
    const record = this.findBucket(name);
    if (!record) throw new S3Error('NoSuchBucket', { details: { BucketName: name } });
    return record;
  }

  findBucket(name: string): BucketRecord | undefined {
    return this.#buckets.get(name);
  }

  /** In the order of their names. */
  buckets(): BucketRecord[] {
    return [...this.#buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async putBucket(record: BucketRecord): Promise<void> {
    await this.#store.commit([put(bucketKey(record.name), record)]);
    this.#buckets.set(record.name, record);
  }

  /** Removes the bucket with the uploads that were in progress; the caller saw that it is empty. */
  async deleteBucket(name: string): Promise<void> {
    const uploads = await this.uploads(name);
    const ends = await Promise.all(uploads.map((upload) => this.#uploadEnd(upload)));
    await this.#store.commit([del(bucketKey(name)), ...ends.flat()]);
    this.#buckets.delete(name);
  }

  // --- Objects

  async object(bucket: string, key: string): Promise<ObjectRecord | undefined> {
    return (await this.#store.get(objectKey(bucket, key))) as ObjectRecord | undefined;
  }

  /** @param event to be kept in the outbox by the same change */
  putObject(bucket: string, record: ObjectRecord, event?: S3EventRecord): Promise<void> {
    return this.#store.commit([put(objectKey(bucket, record.key), record), ...noted(event)]);
  }

  /** @param event to be kept in the outbox by the same change */
  deleteObject(bucket: string, key: string, event?: S3EventRecord): Promise<void> {
    return this.#store.commit([del(objectKey(bucket, key)), ...noted(event)]);
  }

  /** Objects with keys >= `from`, in key order. */
  objectsFrom(bucket: string, from: string): ObjectCursor {
    const lt = afterPrefix(objectKey(bucket, ''));
    let entries = this.#store.entries({ gte: objectKey(bucket, from), lt });
    let waiting: ObjectRecord[] = [];
    let isRead = false;
    return {
      async next() {
        while (waiting.length === 0 && !isRead) {
          const chunk = await entries.next();
          if (chunk.done) isRead = true;
          else waiting = chunk.value.map(([, record]) => record as ObjectRecord);
        }
        return waiting.shift();
      },
      skipPrefix: (prefix) => {
        const rest = waiting.filter(({ key }) => !key.startsWith(prefix));
        if (rest.length === 0 && !isRead) {
          entries = this.#store.entries({ gte: afterPrefix(objectKey(bucket, prefix)), lt });
        }
        waiting = rest;
      },
    };
  }

  // --- Multipart uploads

  /** @throws S3Error NoSuchUpload if the id is not of an upload to this very key. */
  async upload(bucket: string, key: string, id: string): Promise<UploadRecord> {
    const record = (await this.#store.get(uploadKey({ bucket, id }))) as UploadRecord | undefined;
    if (record?.key !== key) throw new S3Error('NoSuchUpload', { details: { UploadId: id } });
    return record;
  }

  /** Ordered by key, then by id. */
  async uploads(bucket: string): Promise<UploadRecord[]> {
    const records = await all<UploadRecord>(this.#store, startingWith(`${UPLOADS}${bucket}\0`));
    return records.sort(
      (a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) || (a.id < b.id ? -1 : 1),
    );
  }

  putUpload(record: UploadRecord): Promise<void> {
    return this.#store.commit([put(uploadKey(record), record)]);
  }

  async part(upload: string, part: number): Promise<PartRecord | undefined> {
    return (await this.#store.get(partKey(upload, part))) as PartRecord | undefined;
  }

  /** In ascending part number. */
  parts(upload: string): Promise<PartRecord[]> {
    return all<PartRecord>(this.#store, startingWith(`${PARTS}${upload}\0`));
  }

  putPart(upload: string, record: PartRecord): Promise<void> {
    return this.#store.commit([put(partKey(upload, record.number), record)]);
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
    await this.#store.commit([
      ...(object ? [put(objectKey(upload.bucket, object.key), object)] : []),
      ...(await this.#uploadEnd(upload)),
      ...noted(event),
    ]);
  }

  async #uploadEnd(upload: UploadRecord): Promise<Write[]> {
    const parts = await this.parts(upload.id);
    return [del(uploadKey(upload)), ...parts.map(({ number }) => del(partKey(upload.id, number)))];
  }

  // --- Events that wait to be delivered

  /** In the order of the changes. */
  pendingEvents(limit: number): Promise<S3EventRecord[]> {
    return all<S3EventRecord>(this.#store, { ...startingWith(OUTBOX), limit });
  }

  forgetEvent(event: S3EventRecord): Promise<void> {
    return this.#store.commit([del(eventKey(event))]);
  }

  // --- All of it

  /** What is damaged in the metadata themselves. */
  check(): ReturnType<Store['check']> {
    return this.#store.check();
  }

  /** Every object and every part, with the blobs that they name. */
  async *named(): AsyncGenerator<{
    readonly what: string;
    readonly segments: ObjectRecord['segments'];
  }> {
    for await (const chunk of this.#store.entries(startingWith(OBJECTS))) {
      for (const [key, value] of chunk) {
        const [bucket = '', ...rest] = key.slice(OBJECTS.length).split('\0');
        yield { what: `s3://${bucket}/${rest.join('\0')}`, ...(value as ObjectRecord) };
      }
    }
    for await (const chunk of this.#store.entries(startingWith(PARTS))) {
      for (const [key, value] of chunk) {
        yield { what: `part ${key.slice(PARTS.length)}`, segments: [value as PartRecord] };
      }
    }
  }

  /** Every blob that some object or part names. */
  async liveBlobs(): Promise<Set<string>> {
    const live = new Set<string>();
    for await (const { segments } of this.named()) for (const { blob } of segments) live.add(blob);
    return live;
  }
}

function noted(event: S3EventRecord | undefined): Write[] {
  return event === undefined ? [] : [put(eventKey(event), event)];
}

async function all<T>(store: Store, range: Range): Promise<T[]> {
  const found: T[] = [];
  for await (const chunk of store.values(range)) found.push(...(chunk as T[]));
  return found;
}
