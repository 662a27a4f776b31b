/** Recollect as a process of its own, and what is asked of it through the AWS SDK. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetFaceSearchCommand,
  type PersonMatch,
  RekognitionClient,
  StartFaceSearchCommand,
} from '@aws-sdk/client-rekognition';
import { S3Client } from '@aws-sdk/client-s3';

export const BUCKET = 'clips';
export const COLLECTION = 'known';

export interface ServiceOptions {
  readonly data: string;
  /** Seconds of video in a part. */
  readonly partSeconds: number;
  /** Pictures a second that are looked at. */
  readonly rate: number;
}

export interface Job {
  readonly JobId: string;
  readonly JobStatus: string;
  readonly Progress: number;
}

export class Service {
  readonly rekognition: RekognitionClient;
  readonly s3: S3Client;
  readonly #child: ChildProcess;
  readonly #endpoint: string;
  /** Of the process, in bytes, each second. */
  readonly memory: number[] = [];

  private constructor(
    child: ChildProcess,
    { endpoint, s3Endpoint }: { readonly endpoint: string; readonly s3Endpoint: string },
  ) {
    const shared = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
    this.#child = child;
    this.#endpoint = endpoint;
    this.rekognition = new RekognitionClient({ ...shared, endpoint });
    this.s3 = new S3Client({ ...shared, endpoint: s3Endpoint, forcePathStyle: true });
    child.on('message', (message: { memory?: number }) => {
      if (message.memory !== undefined) this.memory.push(message.memory);
    });
  }

  static async start({ data, partSeconds, rate }: ServiceOptions): Promise<Service> {
    const script = path.join(import.meta.dirname, 'child.ts');
    const args = ['--import', 'tsx', script, data, String(partSeconds), String(rate)];
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
    const child = spawn(process.execPath, args, { stdio: [...stdio] });
    const [addresses] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error('The service did not start.');
      }),
    ]);
    return new Service(child, addresses);
  }

  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.rekognition.destroy();
    this.s3.destroy();
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exited;
  }

  /** @returns the id of the job */
  async search(Name: string, FaceMatchThreshold: number, token?: string): Promise<string> {
    const { JobId } = await this.rekognition.send(
      new StartFaceSearchCommand({
        CollectionId: COLLECTION,
        FaceMatchThreshold,
        Video: { S3Object: { Bucket: BUCKET, Name } },
        ClientRequestToken: token,
      }),
    );
    return JobId!;
  }

  /** All rows of a search, when it has come to its end. @throws Error if it failed */
  async rows(JobId: string): Promise<PersonMatch[]> {
    const rows: PersonMatch[] = [];
    let NextToken: string | undefined;
    for (;;) {
      const page = await this.rekognition.send(new GetFaceSearchCommand({ JobId, NextToken }));
      if (page.JobStatus === 'FAILED') throw new Error(page.StatusMessage);
      if (page.JobStatus === 'IN_PROGRESS') {
        await sleep(200);
        continue;
      }
      rows.push(...page.Persons!);
      NextToken = page.NextToken;
      if (NextToken === undefined) return rows;
    }
  }

  async jobs(): Promise<Job[]> {
    return ((await this.#extension('ListVideoJobs', {})) as { Jobs: Job[] }).Jobs;
  }

  async stop(JobId: string): Promise<void> {
    await this.#extension('StopVideoJob', { JobId });
  }

  async #extension(name: string, input: object): Promise<unknown> {
    const init = { method: 'POST', body: JSON.stringify(input) };
    return (await fetch(`${this.#endpoint}/${name}`, init)).json();
  }
}

/** What was seen, without whom it resembles: that depends on the threshold. */
export const seen = (rows: readonly PersonMatch[]) =>
  JSON.stringify(rows.map(({ FaceMatches: _, ...row }) => row));
