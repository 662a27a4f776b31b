/** Recollect on one machine for a test file, with the clients that people use. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RekognitionClient } from '@aws-sdk/client-rekognition';
import { S3Client } from '@aws-sdk/client-s3';
import type { AccessEntry } from '../../functions/http/access-log.ts';
import { operations } from '../../functions/operations.ts';
import type { LocalOptions } from '../../infra/local/options.ts';
import { startLocal } from '../../infra/local/stack.ts';
import type { RecordAction } from '../../layers/protocol/index.ts';

export interface TestStack {
  readonly endpoint: string;
  readonly s3Endpoint: string;
  readonly rekognition: RekognitionClient;
  readonly s3: S3Client;
  /** The data folder. */
  readonly data: string;
  /** What was logged, one entry a request. */
  readonly requests: readonly AccessEntry[];
  stop(): Promise<void>;
}

const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

export async function startStack(more: Partial<LocalOptions> = {}): Promise<TestStack> {
  const data = await mkdtemp(path.join(tmpdir(), 'recollect-'));
  const requests: AccessEntry[] = [];
  const stack = await startLocal(
    // One thread: each loads the networks anew, which takes as long as fifty faces.
    { host: '127.0.0.1', port: 0, s3Port: 0, data, foldAt: 20, threads: 1, ...more },
    { log: (entry) => entry.door === 'api' && requests.push(entry), onRecordAction: hold },
  );
  const rekognition = rekognitionClient(stack.endpoint);
  const s3 = new S3Client({
    endpoint: stack.s3Endpoint,
    region: 'us-east-1',
    credentials: CREDENTIALS,
    forcePathStyle: true,
  });
  return {
    endpoint: stack.endpoint,
    s3Endpoint: stack.s3Endpoint,
    rekognition,
    s3,
    data,
    requests,
    async stop() {
      rekognition.destroy();
      s3.destroy();
      await stack.close();
      await rm(data, { recursive: true, force: true });
    },
  };
}

const DECLARED = new Map(operations.map(({ name, uses }) => [name, uses.records]));

/** What a policy on AWS would refuse fails here, too. @throws Error */
function hold(operation: string, action: RecordAction): void {
  if (DECLARED.get(operation)?.includes(action)) return;
  throw new Error(`${operation} does not declare that it uses ${action}.`);
}

/** As an application would make it, but without retries, so that a test sees every answer. */
export function rekognitionClient(endpoint: string): RekognitionClient {
  return new RekognitionClient({
    endpoint,
    region: 'eu-central-1',
    credentials: CREDENTIALS,
    maxAttempts: 1,
  });
}

/** The error of a call that must fail, by name and text. */
export async function failure(
  call: Promise<unknown>,
): Promise<{ name: string; message: string; status: number | undefined }> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const metadata = '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }) : {};
    return { name: error.name, message: error.message, status: metadata.httpStatusCode };
  }
  throw new Error('The call succeeded.');
}
