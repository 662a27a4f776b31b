/**
 * Bits that flip in the files of a data folder, and files that are missing: named by `verify` or without effect,
 * never an answer that differs in silence.
 */

import { randomBytes } from 'node:crypto';
import { copyFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AssociateFacesCommand,
  CreateCollectionCommand,
  CreateUserCommand,
  IndexFacesCommand,
  ListFacesCommand,
  ListUsersCommand,
  type RekognitionClient,
  SearchFacesCommand,
} from '@aws-sdk/client-rekognition';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspect, mend } from '../../infra/local/inspection.ts';
import { type LocalStack, startLocal } from '../../infra/local/stack.ts';
import { FileKeyStore } from '../../layers/keys/index.ts';
import { issueKey } from '../../layers/protocol/auth/index.ts';
import { OTHERS, portrait, SAME_MAN } from '../support/photos.ts';
import { Random } from '../support/random.ts';
import { ran } from '../support/recollect.ts';
import { rekognitionClient } from '../support/stack.ts';

/** Single bits, drawn over all files by their sizes; each costs a verification of everything. */
const FLIPS = Number(process.env['BIT_FLIPS'] ?? 15);
const CollectionId = 'family';

let data: string;
let sound: string;
let faceId: string;
let files: { readonly file: string; readonly size: number }[];

beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'recollect-rot-'));
  sound = `${data}-sound`;
  await new FileKeyStore(path.join(data, 'keys')).create(
    issueKey(
      { name: 'a', operations: 'all', collections: 'f*', expires: undefined },
      randomBytes,
      new Date(),
    ),
  );
  await withService(async ({ rekognition, s3 }) => {
    await rekognition.send(new CreateCollectionCommand({ CollectionId }));
    for (const [i, each] of [...SAME_MAN, ...OTHERS].entries()) {
      const Image = { Bytes: await portrait(each) };
      const command = new IndexFacesCommand({ CollectionId, Image, ExternalImageId: `image-${i}` });
      const { FaceRecords = [] } = await rekognition.send(command);
      faceId = FaceRecords[0]?.Face?.FaceId ?? faceId;
    }
    await rekognition.send(new CreateUserCommand({ CollectionId, UserId: 'zoe' }));
    await rekognition.send(
      new AssociateFacesCommand({ CollectionId, UserId: 'zoe', FaceIds: [faceId] }),
    );
    await s3.send(new CreateBucketCommand({ Bucket: 'mine' }));
    await s3.send(new PutObjectCommand({ Bucket: 'mine', Key: 'a', Body: 'x'.repeat(300_000) }));
    await s3.send(
      new PutObjectCommand({
        Bucket: 'recollect-uploads',
        Key: 'family/no.jpg',
        Body: 'no picture',
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 1500));
  });
  await cp(data, sound, { recursive: true });
  const entries = await readdir(data, { recursive: true, withFileTypes: true });
  const all = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(data, path.join(entry.parentPath, entry.name)));
  files = await Promise.all(
    all.map(async (file) => ({ file, size: (await readFile(path.join(data, file))).length })),
  );
}, 120_000);
afterAll(async () => {
  await rm(data, { recursive: true, force: true });
  await rm(sound, { recursive: true, force: true });
});

interface Service {
  readonly rekognition: RekognitionClient;
  readonly s3: S3Client;
}

async function withService<T>(task: (service: Service) => Promise<T>): Promise<T> {
  const stack: LocalStack = await startLocal({
    host: '127.0.0.1',
    port: 0,
    s3Port: 0,
    data,
    foldAt: 5,
  });
  const rekognition = rekognitionClient(stack.endpoint);
  const s3 = new S3Client({
    endpoint: stack.s3Endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'a' },
    forcePathStyle: true,
    maxAttempts: 1,
  });
  try {
    return await task({ rekognition, s3 });
  } finally {
    rekognition.destroy();
    s3.destroy();
    await stack.close();
  }
}

/** Answers that are the same whenever nothing has changed; an error is none. */
function answers(): Promise<unknown[]> {
  return withService(async ({ rekognition, s3 }) => {
    const ask = async (call: Promise<object>) => {
      try {
        const { $metadata: _metadata, ...answer } = (await call) as { $metadata?: unknown };
        return JSON.stringify(answer);
      } catch {
        return 'an error';
      }
    };
    const object = async () => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'mine', Key: 'a' }));
      return { body: await Body?.transformToString() };
    };
    return [
      await ask(rekognition.send(new ListFacesCommand({ CollectionId }))),
      await ask(rekognition.send(new ListUsersCommand({ CollectionId }))),
      await ask(
        rekognition.send(
          new SearchFacesCommand({ CollectionId, FaceId: faceId, FaceMatchThreshold: 0 }),
        ),
      ),
      await ask(object()),
    ];
  });
}

/** The file in which a byte is, if all files are put one after the other. */
function fileAt(byte: number) {
  let end = 0;
  for (const each of files) {
    end += each.size;
    if (byte < end) return each;
  }
  return undefined;
}

async function restore(file: string): Promise<void> {
  await copyFile(path.join(sound, file), path.join(data, file));
}

describe('a data folder', () => {
  it('that is sound is found to be', async () => {
    expect(await inspect(data)).toEqual({ damaged: [], problems: [] });
  });

  it(`in which a bit has flipped is found not to be, or has no effect (${FLIPS} flips)`, async () => {
    const random = new Random(7);
    const total = files.reduce((sum, { size }) => sum + size, 0);
    const expected = await answers();
    for (const file of files) await restore(file.file);
    let found = 0;
    for (let i = 0; i < FLIPS; i++) {
      // Half of them by size, half of them in any file, so that small ones have their turn.
      const drawn = fileAt(random.below(total));
      const filled = files.filter(({ size }) => size > 0);
      const { file, size } = i % 2 === 0 && drawn ? drawn : random.pick(filled);
      const bytes = await readFile(path.join(sound, file));
      const position = random.below(size);
      bytes[position]! ^= 1 << random.below(8);
      await writeFile(path.join(data, file), bytes);
      const where = `${file}, byte ${position}`;
      const problems = await inspect(data).then(
        (inspection) => inspection.problems,
        (error: Error) => [error.message],
      );
      if (problems.length > 0) {
        found++;
        expect(problems.join('\n'), where).toContain(path.basename(file).split('.')[0] ?? '');
      } else {
        const given = await answers();
        expect(given, where).toEqual(expected);
        for (const each of files) await restore(each.file);
      }
      await restore(file);
    }
    expect(found).toBeGreaterThan(FLIPS / 2);
  }, 300_000);

  it.each(['dynamodb/store.sqlite', 's3/metadata/store.sqlite', 'queues/store.sqlite'])(
    'of which %s is missing is refused, and nothing of it is deleted or made',
    async (file) => {
      await rm(path.join(data, file));
      const before = (await readdir(data, { recursive: true })).sort();
      await expect(inspect(data)).rejects.toThrow(`${path.join(data, file)} is missing`);
      const { code, said } = await ran(['verify', '--all', '--data', data]);
      expect(code).toBe(1);
      expect(said).toContain('is missing');
      await expect(answers()).rejects.toThrow('is missing');
      expect((await readdir(data, { recursive: true })).sort()).toEqual(before);
      await restore(file);
    },
  );

  it('that is damaged is repaired as far as it can be, and says what is lost', async () => {
    const file = 'dynamodb/store.sqlite';
    const bytes = await readFile(path.join(sound, file));
    bytes[5 * 8192 + 77]! ^= 4;
    await writeFile(path.join(data, file), bytes);
    const found = await inspect(data);
    expect(found.damaged).toEqual(['dynamodb']);
    const done = await mend(data, found);
    expect(done[0]).toMatch(/made anew from \d+ entries/);
    expect((await inspect(data)).problems).toEqual([]);
    await restore(file);
  });
});
