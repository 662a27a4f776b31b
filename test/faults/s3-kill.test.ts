/**
 * SIGKILL in the middle of puts, deletions and multipart uploads: what was acknowledged is there
 * after the restart, nothing is torn, and no half-written file stays.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rounds } from '../support/thorough.ts';

const ROUNDS = rounds(2, 5);
const WRITERS = 6;
const OBJECT_BYTES = 200_000;
const Bucket = 'kill';
const SERVER = fileURLToPath(new URL('./s3-child.ts', import.meta.url));

let directory: string;
let server: { child: ChildProcess; client: S3Client };

async function start(): Promise<typeof server> {
  const child = spawn(process.execPath, ['--import', 'tsx', SERVER, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!child.stdout) throw new Error('the server has no output');
  const [endpoint]: string[] = await once(createInterface(child.stdout), 'line');
  if (endpoint === undefined) throw new Error('the server did not start');
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const common = { region: 'us-east-1', forcePathStyle: true, maxAttempts: 1, credentials };
  return { child, client: new S3Client({ ...common, endpoint }) };
}

async function kill({ child, client }: typeof server): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  client.destroy();
}

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'recollect-s3-kill-'));
  server = await start();
  await server.client.send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  await kill(server);
  await rm(directory, { recursive: true, force: true });
});

/** What one key may hold: every state that was asked for, and the last that was acknowledged. */
interface History {
  /** In order: the MD5 of the content, or `absent`. */
  readonly states: string[];
  acknowledged: number;
}

const histories = new Map<string, History>(
  Array.from({ length: WRITERS }, (_, i) => [`key/${i}`, { states: ['absent'], acknowledged: 0 }]),
);

const md5 = (data: Uint8Array) => createHash('md5').update(data).digest('hex');

async function multipart(client: S3Client, Key: string, Body: Buffer): Promise<void> {
  const upload = { Bucket, Key };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(upload));
  const part = { ...upload, UploadId, PartNumber: 1 };
  const { ETag, ChecksumCRC32 } = await client.send(new UploadPartCommand({ ...part, Body }));
  const Parts = [{ PartNumber: 1, ETag, ChecksumCRC32 }];
  const completion = { ...upload, UploadId, MultipartUpload: { Parts } };
  await client.send(new CompleteMultipartUploadCommand(completion));
}

/** Changes one key again and again until the server is gone. */
async function write(client: S3Client, Key: string, history: History): Promise<void> {
  for (let n = 0; ; n++) {
    const deletes = n % 5 === 4;
    const Body = randomBytes(OBJECT_BYTES);
    history.states.push(deletes ? 'absent' : md5(Body));
    const attempt = history.states.length - 1;
    try {
      if (deletes) await client.send(new DeleteObjectCommand({ Bucket, Key }));
      else if (n % 5 === 2) await multipart(client, Key, Body);
      else await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    } catch {
      return;
    }
    history.acknowledged = attempt;
  }
}

/** The state of a key; fails if the content is not what its ETag or length says. */
async function read(client: S3Client, Key: string): Promise<string> {
  try {
    const { Body, ETag, ContentLength } = await client.send(new GetObjectCommand({ Bucket, Key }));
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
    expect(bytes).toHaveLength(ContentLength ?? -1);
    if (!ETag?.includes('-')) expect(ETag).toBe(`"${md5(bytes)}"`);
    return md5(bytes);
  } catch (error) {
    if (error instanceof NoSuchKey) return 'absent';
    throw error;
  }
}

async function blobCount(): Promise<number> {
  const blobs = path.join(directory, 'blobs');
  const entries = await readdir(blobs, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}

it('loses nothing that was acknowledged', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { client } = server;
    const writers = [...histories].map(([key, history]) => write(client, key, history));
    await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 300));
    await kill(server);
    await Promise.all(writers);

    server = await start();
    for (const [key, history] of histories) {
      const state = await read(server.client, key);
      const possible = history.states.slice(history.acknowledged);
      expect(possible, `${key} in round ${round}`).toContain(state);
      history.states.splice(0, history.states.length, state);
      history.acknowledged = 0;
    }
    const { Uploads = [] } = await server.client.send(new ListMultipartUploadsCommand({ Bucket }));
    for (const { Key, UploadId } of Uploads) {
      await server.client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    }
    const { KeyCount } = await server.client.send(new ListObjectsV2Command({ Bucket }));
    expect(await blobCount(), `files after round ${round}`).toBe(KeyCount);
  }
}, 30_000);
