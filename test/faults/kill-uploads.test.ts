/** What was put into the upload bucket is indexed after any crash: the server is killed, and killed. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateCollectionCommand,
  DescribeCollectionCommand,
  ListFacesCommand,
} from '@aws-sdk/client-rekognition';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { portrait, SAME_MAN } from '../support/photos.ts';
import { startServer } from '../support/server.ts';
import { rekognitionClient } from '../support/stack.ts';
import { rounds } from '../support/thorough.ts';

const ROUNDS = rounds(1, 3);
const COLLECTION = 'killed';

let data: string;
beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'recollect-kill-'));
});
afterAll(() => rm(data, { recursive: true, force: true }));

function s3Client(endpoint: string): S3Client {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new S3Client({
    endpoint,
    credentials,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
  });
}

/** Keys of which an outcome tells, by the outcomes' ids. */
async function told(): Promise<Map<string, string>> {
  const text = await readFile(path.join(data, 'outcomes.ndjson'), 'utf8').catch(() => '');
  const lines = text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line).detail];
    } catch {
      return [];
    }
  });
  return new Map(lines.map(({ Id, Key }) => [Id, Key]));
}

it('indexes every acknowledged upload after each kill -9, and tells of it', async () => {
  const Body = await portrait(SAME_MAN[0]);
  const acknowledged: string[] = [];
  let server = await startServer(data);
  const first = rekognitionClient(server.endpoint);
  await first.send(new CreateCollectionCommand({ CollectionId: COLLECTION }));
  first.destroy();

  for (let round = 0; round < ROUNDS; round++) {
    const s3 = s3Client(server.s3Endpoint);
    let dead = false;
    const upload = async () => {
      for (let i = 0; !dead; i++) {
        const Key = `${COLLECTION}/${round}-${i}.png`;
        try {
          await s3.send(new PutObjectCommand({ Bucket: 'recollect-uploads', Key, Body }));
          acknowledged.push(Key);
        } catch (error) {
          if (!dead) throw error;
        }
      }
    };
    const uploading = upload();
    const enough = acknowledged.length + 8 + round;
    while (acknowledged.length < enough) await new Promise((resolve) => setTimeout(resolve, 3));
    dead = true;
    await server.stop('SIGKILL');
    await uploading;
    s3.destroy();
    server = await startServer(data);
  }
  // An upload that was stored but not acknowledged may be there too.
  const missing = async () => {
    const keys = new Set((await told()).values());
    return acknowledged.filter((key) => !keys.has(key));
  };
  await expect.poll(missing, { timeout: 60_000, interval: 500 }).toEqual([]);
  const client = rekognitionClient(server.endpoint);
  const CollectionId = COLLECTION;
  const { Faces = [] } = await client.send(new ListFacesCommand({ CollectionId }));
  const names = Faces.map(({ ExternalImageId }) => `${COLLECTION}/${ExternalImageId}`);
  expect(acknowledged.filter((key) => !names.includes(key))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
  const { FaceCount } = await client.send(new DescribeCollectionCommand({ CollectionId }));
  expect(FaceCount).toBe(names.length);
  client.destroy();
  expect(await server.stop('SIGINT')).toBe(0);
}, 180_000);
