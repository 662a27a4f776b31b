/**
 * What jobs leave in a bucket of their own, under `jobs/<job id>/`: what was seen in each part of the video, until
 * it is put together, and then the rows of the answer in pages. Never a picture.
 */

import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { download } from '../common/download.ts';

const [compress, expand] = [promisify(gzip), promisify(gunzip)];
const PREFIX = 'jobs/';

export class VideoResults {
  readonly #s3: S3Client;
  readonly #bucket: string;

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  /** @param lines JSON, each without an end of line */
  async put(jobId: string, name: string, lines: readonly string[]): Promise<void> {
    await this.#s3.send(
      new PutObjectCommand({
        Bucket: this.#bucket,
        Key: keyOf(jobId, name),
        Body: await compress(lines.join('\n')),
        ContentType: 'application/x-ndjson',
        ContentEncoding: 'gzip',
      }),
    );
  }

  /** @returns the lines, undefined if there is no such object */
  async get(jobId: string, name: string): Promise<string[] | undefined> {
    try {
      const bytes = await download(
        () =>
          this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: keyOf(jobId, name) })),
        async ({ Body }) => (await Body?.transformToByteArray()) ?? new Uint8Array(),
      );
      const text = (await expand(bytes)).toString();
      return text === '' ? [] : text.split('\n');
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }

  /** Deletes what a job has left, or what of it begins with a name. */
  async delete(jobId: string, name = ''): Promise<void> {
    for await (const keys of this.#list(keyOf(jobId, name))) await this.#deleteAll(keys);
  }

  /** The jobs of which something is there. */
  async jobs(): Promise<Set<string>> {
    const ids = new Set<string>();
    for await (const keys of this.#list(PREFIX)) {
      for (const key of keys) ids.add(key.split('/')[1] ?? '');
    }
    return ids;
  }

  async *#list(prefix: string): AsyncGenerator<string[]> {
    let token: string | undefined;
    do {
      const { Contents = [], NextContinuationToken } = await this.#s3.send(
        new ListObjectsV2Command({
          Bucket: this.#bucket,
          Prefix: prefix,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      );
      if (Contents.length > 0) yield Contents.map(({ Key = '' }) => Key);
      token = NextContinuationToken;
    } while (token !== undefined);
  }

  async #deleteAll(keys: readonly string[]): Promise<void> {
    await this.#s3.send(
      new DeleteObjectsCommand({
        Bucket: this.#bucket,
        Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true },
      }),
    );
  }
}

function keyOf(jobId: string, name: string): string {
  return `${PREFIX}${jobId}/${name}`;
}

/** Names that sort as their numbers. */
export function numbered(name: string, number: number): string {
  return `${name}-${String(number).padStart(6, '0')}`;
}
