/**
 * The S3 under test: the local server, started on an empty directory with signature verification
 * on; or, if `S3_ENDPOINT` is set, whatever answers there, with the credentials in
 * `S3_ACCESS_KEY_ID` and `S3_SECRET_ACCESS_KEY`.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { startS3 } from '../../infra/emulators/s3/index.ts';

export interface Target {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly client: S3Client;
  /** A bucket made for this test file. */
  readonly bucket: string;
  /** A client like `client` with some settings changed. */
  connect(settings?: S3ClientConfig): S3Client;
  close(): Promise<void>;
}

export async function openTarget(): Promise<Target> {
  const accessKeyId = process.env['S3_ACCESS_KEY_ID'] ?? 'test-key';
  const secretAccessKey = process.env['S3_SECRET_ACCESS_KEY'] ?? 'test-secret';
  const remote = process.env['S3_ENDPOINT'];
  const local = remote ? undefined : await startLocal(accessKeyId, secretAccessKey);
  const endpoint = remote ?? local?.endpoint ?? '';
  const connect = (settings: S3ClientConfig = {}) =>
    new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
      maxAttempts: 1,
      ...settings,
    });
  const client = connect();
  const bucket = `conformance-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    endpoint,
    accessKeyId,
    secretAccessKey,
    client,
    bucket,
    connect,
    close: async () => {
      client.destroy();
      await local?.close();
    },
  };
}

async function startLocal(accessKeyId: string, secret: string) {
  const directory = await mkdtemp(path.join(tmpdir(), 'recollect-s3-'));
  const server = await startS3({
    directory,
    credentials: (id) => (id === accessKeyId ? secret : undefined),
  });
  return {
    endpoint: server.endpoint,
    close: async () => {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Puts an object into the target's bucket. */
export function put(
  { client, bucket }: Target,
  key: string,
  body: NonNullable<PutObjectCommandInput['Body']>,
  more: Partial<PutObjectCommandInput> = {},
) {
  return client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...more }));
}

/** Gets an object of the target's bucket with all of its bytes. */
export async function get(
  { client, bucket }: Target,
  key: string,
  more: Partial<GetObjectCommandInput> = {},
) {
  const output = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...more }));
  const bytes = Buffer.from((await output.Body?.transformToByteArray()) ?? []);
  return { ...output, bytes, text: bytes.toString() };
}

/** Fails unless the call is refused with this code and status. */
export async function expectRefused(
  call: Promise<unknown>,
  code: string | undefined,
  status: number,
): Promise<S3ServiceException> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error, 'the call was expected to fail').toBeInstanceOf(S3ServiceException);
  if (!(error instanceof S3ServiceException)) throw error;
  expect(error.$metadata.httpStatusCode, error.message).toBe(status);
  if (code !== undefined) expect(error.name).toBe(code);
  return error;
}

export function md5(data: Uint8Array | string): string {
  return createHash('md5').update(data).digest('hex');
}
