/** Events of the local S3 that are delivered: at least once, in order, whatever happens in between. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3EventRecord } from 'aws-lambda';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LocalS3, startS3 } from '../../infra/emulators/s3/index.ts';

const Bucket = 'uploads';

let directory: string;
let server: LocalS3;
let client: S3Client;
let delivered: string[];
let faults: unknown[];
/** What the one who is told does. */
let take: (record: S3EventRecord) => Promise<void>;

async function start() {
  server = await startS3({
    directory,
    notification: { bucket: Bucket, deliver: (record) => take(record) },
    onFault: (error) => faults.push(error),
  });
  client = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
}

const keep = async ({ eventName, s3 }: S3EventRecord) => {
  delivered.push(`${eventName.split(':')[0]} ${s3.object.key}`);
};
const put = (Key: string, bucket = Bucket) =>
  client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Key }));

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'recollect-deliveries-'));
  delivered = [];
  faults = [];
  take = keep;
  await start();
  await client.send(new CreateBucketCommand({ Bucket }));
});
afterEach(async () => {
  client.destroy();
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

it('are those of one bucket, in the order of the changes', async () => {
  await client.send(new CreateBucketCommand({ Bucket: 'others' }));
  await put('not-told', 'others');
  await Promise.all([put('a'), put('b')]);
  await put('c');
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'c' }));
  await expect.poll(() => delivered.length).toBe(4);
  expect(delivered.slice(0, 2).sort()).toEqual(['ObjectCreated a', 'ObjectCreated b']);
  expect(delivered.slice(2)).toEqual(['ObjectCreated c', 'ObjectRemoved c']);
});

it('are delivered again where that failed', async () => {
  let failures = 2;
  take = async (record) => {
    if (failures-- > 0) throw new Error('The queue is full.');
    await keep(record);
  };
  await put('a');
  await put('b');
  await expect
    .poll(() => delivered, { timeout: 10_000 })
    .toEqual(['ObjectCreated a', 'ObjectCreated b']);
  expect(faults).toHaveLength(2);
});

it('are delivered after the next start, if there was no time before', async () => {
  // Whoever is told never answers: as if the process had died before.
  take = async () => {
    throw new Error('Not now.');
  };
  for (let i = 0; i < 150; i++) await put(`a${String(i).padStart(3, '0')}`);
  client.destroy();
  await server.close();
  take = keep;
  await start();
  await expect.poll(() => delivered.length, { timeout: 10_000 }).toBe(150);
  expect(delivered).toEqual(delivered.toSorted());
});

it('are not delivered twice by a start that finds nothing undone', async () => {
  await put('a');
  await expect.poll(() => delivered).toEqual(['ObjectCreated a']);
  client.destroy();
  await server.close();
  await start();
  await put('b');
  await expect.poll(() => delivered).toEqual(['ObjectCreated a', 'ObjectCreated b']);
});
