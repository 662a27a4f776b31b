/** The local server itself: its directory, its events, its manners on the wire. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
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
import { type LocalS3, S3DirectoryInUseError, startS3 } from '../../infra/local/s3/index.ts';

const Bucket = 'photos';
let directory: string;
let server: LocalS3;
let client: S3Client;

async function start(): Promise<void> {
  server = await startS3({ directory });
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  client = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
    maxAttempts: 1,
  });
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

/** Sends bytes as they are, and collects what comes back until the server closes. */
function exchange(bytes: string): Promise<string> {
  const { hostname, port } = new URL(server.endpoint);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setEncoding('latin1');
    socket.on('data', (data: string) => {
      answer += data;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

const AUTHORIZATION = `AWS4-HMAC-SHA256 Credential=any/20300101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;

/** A request with a well-formed signature, after which the server is to close the connection. */
function rawRequest(line: string, headers: Record<string, string>, body = ''): string {
  const all = {
    host: 'localhost',
    connection: 'close',
    authorization: AUTHORIZATION,
    'x-amz-date': '20300101T000000Z',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
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
    await expect(second).rejects.toThrow(S3DirectoryInUseError);
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
    const data = Buffer.alloc(8 << 20, 7);
    await put('big', data);
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'big' }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'big' }));
    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(data)).toBe(true);
    await expect.poll(blobFiles).toHaveLength(0);
  });
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

it('a bucket may be named in the host', async () => {
  const answer = await exchange(
    rawRequest('PUT /by-host', { host: `${Bucket}.localhost:8001`, 'content-length': '2' }, 'hi'),
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(await read('by-host')).toBe('hi');
});

describe('on the wire', () => {
  it('an error after half a body is answered, and the body not stored', async () => {
    const answer = await exchange(
      rawRequest(
        `PUT /${Bucket}/bad`,
        { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'content-length': '40' },
        'not a chunk size\r\n'.padEnd(40, '.'),
      ),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('<Code>InvalidRequest</Code>');
    expect(await blobFiles()).toHaveLength(0);
  });

  it('a client that leaves in the middle leaves nothing behind', async () => {
    const { hostname, port } = new URL(server.endpoint);
    const head = rawRequest(
      `PUT /${Bucket}/half`,
      { 'content-length': '1000000' },
      'x'.repeat(5000),
    );
    const socket = connect(Number(port), hostname, () => socket.write(head));
    await expect.poll(blobFiles).toHaveLength(1);
    socket.destroy();
    await expect.poll(blobFiles).toHaveLength(0);
  });

  it.each([
    ['GET /%ff', {}, 400, 'InvalidURI'],
    ['GET /%zz/a', {}, 400, 'InvalidURI'],
    [`PATCH /${Bucket}/a`, {}, 405, 'MethodNotAllowed'],
    [`GET /${Bucket}/missing?x=1`, {}, 404, 'NoSuchKey'],
    [`GET /${Bucket}?max-keys=-1`, {}, 400, 'InvalidArgument'],
    [`GET /${Bucket}?encoding-type=x`, {}, 400, 'InvalidArgument'],
    [`POST /${Bucket}?delete`, { 'content-length': '0' }, 400, 'MalformedXML'],
    [`PUT /${Bucket}/a`, { 'transfer-encoding': 'chunked' }, 411, 'MissingContentLength'],
    [
      `PUT /${Bucket}/a`,
      { 'content-length': '0', 'x-amz-checksum-crc32': '?' },
      400,
      'InvalidRequest',
    ],
    [
      `PUT /${Bucket}/a`,
      { 'content-length': '0', 'x-amz-checksum-xxhash3': 'a' },
      501,
      'NotImplemented',
    ],
    [
      `PUT /${Bucket}/a`,
      { 'content-length': '0', 'x-amz-copy-source': 'nothing' },
      400,
      'InvalidArgument',
    ],
  ])('%s %o is refused with %i %s', async (line, headers, status, code) => {
    const body = 'transfer-encoding' in headers ? '0\r\n\r\n' : '';
    const answer = await exchange(rawRequest(line, headers, body));
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain(`<Code>${code}</Code>`);
  });

  it('XML bombs and other XML are refused', async () => {
    const documents = [
      '<!DOCTYPE a [<!ENTITY b "cccccccccc"><!ENTITY d "&b;&b;&b;">]><Delete>&d;</Delete>',
      '<Delete><Object><Key>a</Key>',
      '<Other/>',
      'nothing',
    ];
    for (const document of documents) {
      const headers = { 'content-length': String(Buffer.byteLength(document)) };
      const answer = await exchange(rawRequest(`POST /${Bucket}?delete`, headers, document));
      expect(answer).toContain('<Code>MalformedXML</Code>');
    }
  });

  it('closing waits for the request in progress', async () => {
    const { hostname, port } = new URL(server.endpoint);
    let answer = '';
    const head = rawRequest(`PUT /${Bucket}/slow`, { 'content-length': '10' }, 'first');
    const socket = connect(Number(port), hostname, () => socket.write(head));
    socket.on('data', (data) => {
      answer += String(data);
    });
    await expect.poll(blobFiles).toHaveLength(1);
    const closed = server.close();
    socket.write('last.');
    await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    await start();
    expect(await read('slow')).toBe('firstlast.');
  });
});
