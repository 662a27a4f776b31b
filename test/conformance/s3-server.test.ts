/** The local server itself: its directory, its settings, its events. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { S3EventRecord } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalS3, startS3 } from '../../infra/emulators/s3/index.ts';
import { StoreInUseError } from '../../infra/emulators/storage/index.ts';

const Bucket = 'photos';
let directory: string;
let server: LocalS3;
let client: S3Client;

function connect(endpoint: string): S3Client {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const common = { region: 'us-east-1', forcePathStyle: true, maxAttempts: 1, credentials };
  return new S3Client({ ...common, endpoint });
}

async function start(): Promise<void> {
  server = await startS3({ directory });
  client = connect(server.endpoint);
}

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'recollect-s3-'));
  await start();
  await client.send(new CreateBucketCommand({ Bucket }));
});

afterEach(async () => {
  client.destroy();
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

const put = (Key: string, Body: string | Buffer) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body }));

async function read(Key: string): Promise<string | undefined> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Body?.transformToString();
}

async function blobFiles(): Promise<string[]> {
  const entries = await readdir(path.join(directory, 'blobs'), {
    recursive: true,
    withFileTypes: true,
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('the directory', () => {
  it('keeps everything for the next start', async () => {
    await put('a', 'kept');
    client.destroy();
    await server.close();
    await start();
    expect(await read('a')).toBe('kept');
  });

  it('is open in one server at a time', async () => {
    const second = startS3({ directory });
    await expect(second).rejects.toThrow(StoreInUseError);
    await expect(second).rejects.toThrow(`${directory}`);
    await put('a', 'still served');
    expect(await read('a')).toBe('still served');
  });

  it('is released if the port is taken', async () => {
    const elsewhere = await mkdtemp(path.join(tmpdir(), 'recollect-s3-'));
    const port = Number(new URL(server.endpoint).port);
    await expect(startS3({ directory: elsewhere, port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    await (await startS3({ directory: elsewhere })).close();
    await rm(elsewhere, { recursive: true, force: true });
  });

  it('holds one file for each object, and none for what was replaced or deleted', async () => {
    await put('a', 'first');
    await put('a', 'second');
    await put('b', 'other');
    expect(await blobFiles()).toHaveLength(2);
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'b' }));
    expect(await blobFiles()).toHaveLength(1);
  });

  it('is rid of half-written files at the next start', async () => {
    await put('a', 'kept');
    await mkdir(path.join(directory, 'blobs', 'ab'), { recursive: true });
    await writeFile(path.join(directory, 'blobs', 'ab', 'ab'.repeat(16)), 'half a put');
    client.destroy();
    await server.close();
    await start();
    expect(await blobFiles()).toHaveLength(1);
    expect(await read('a')).toBe('kept');
  });

  it('keeps a deleted object until its last reader is done', async () => {
    // In parts, whose files are opened one after the other: some are unlinked before their turn.
    const data = Buffer.alloc(24 << 20, 7);
    const params = { Bucket, Key: 'big', Body: data };
    await new Upload({ client, params, partSize: 8 << 20 }).done();
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'big' }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'big' }));
    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(data)).toBe(true);
    await expect.poll(blobFiles).toHaveLength(0);
  });
});

it('the clock and the region may be given', async () => {
  const elsewhere = await mkdtemp(path.join(tmpdir(), 'recollect-s3-'));
  const clock = () => new Date('2031-02-03T04:05:06Z');
  const other = await startS3({ directory: elsewhere, clock, region: 'eu-west-1' });
  const regions: string[] = [];
  other.events.on('record', ({ awsRegion }) => regions.push(awsRegion));
  const there = connect(other.endpoint);
  await there.send(new CreateBucketCommand({ Bucket }));
  await there.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
  const { LastModified } = await there.send(new GetObjectCommand({ Bucket, Key: 'a' }));
  expect(LastModified).toEqual(clock());
  expect(regions).toEqual(['eu-west-1']);
  await other.close();
  await rm(elsewhere, { recursive: true, force: true });
});

it('events tell what happened, in order, in the shape of AWS', async () => {
  const records: S3EventRecord[] = [];
  server.events.on('record', (record) => records.push(record));
  await put('in/my photo+ü.jpg', 'hello');
  const CopySource = `${Bucket}/in/my%20photo%2B%C3%BC.jpg`;
  await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }));
  const params = { Bucket, Key: 'parts', Body: Buffer.alloc(6 << 20) };
  await new Upload({ client, params }).done();
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'copy' }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'never there' }));
  await expect.poll(() => records).toHaveLength(4);
  expect(records[0]).toMatchObject({
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    awsRegion: 'us-east-1',
    eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    s3: {
      bucket: { name: Bucket, arn: `arn:aws:s3:::${Bucket}` },
      object: {
        key: 'in/my+photo%2B%C3%BC.jpg',
        size: 5,
        eTag: '5d41402abc4b2a76b9719d911017c592',
      },
    },
  });
  expect(records.map(({ eventName, s3 }) => [eventName, s3.object.key]).slice(1)).toEqual([
    ['ObjectCreated:Copy', 'copy'],
    ['ObjectCreated:CompleteMultipartUpload', 'parts'],
    ['ObjectRemoved:Delete', 'copy'],
  ]);
  const sequencers = records.map(({ s3 }) => s3.object.sequencer);
  expect(sequencers.toSorted()).toEqual(sequencers);
});
