/** Gone means gone: after a deletion and a stop nothing of who was deleted is in any file of the data folder. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AssociateFacesCommand,
  CreateCollectionCommand,
  CreateUserCommand,
  DeleteCollectionCommand,
  DeleteFacesCommand,
  DeleteUserCommand,
  IndexFacesCommand,
  ListFacesCommand,
  type RekognitionClient,
  SearchUsersCommand,
} from '@aws-sdk/client-rekognition';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { callExtension } from '../../infra/commands/extensions/client.ts';
import { keysUnder, Store } from '../../infra/emulators/storage/index.ts';
import { STORES } from '../../infra/local/data-folder.ts';
import { UPLOAD_BUCKET } from '../../infra/local/local-uploads.ts';
import { type LocalStack, startLocal } from '../../infra/local/stack.ts';
import { portrait, SAME_MAN } from '../support/photos.ts';
import { ran } from '../support/recollect.ts';
import { rekognitionClient } from '../support/stack.ts';

const EXTERNAL_ID = 'zoe-external-image-id';
const USER_ID = 'zoe-the-user';
const UPLOADED = 'zoe-uploaded.jpg';

interface Receipts {
  readonly Receipts: readonly { readonly Statement: string }[];
  readonly PublicKey: string;
}

let data: string;
let stack: LocalStack;
let client: RekognitionClient;
let s3: S3Client;

async function start() {
  stack = await startLocal({ host: '127.0.0.1', port: 0, s3Port: 0, data, foldAt: 2, threads: 1 });
  client = rekognitionClient(stack.endpoint);
  s3 = new S3Client({
    endpoint: stack.s3Endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    forcePathStyle: true,
  });
}

async function stop() {
  client.destroy();
  s3.destroy();
  await stack.close();
}

beforeEach(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'recollect-gone-'));
  await start();
});
afterEach(() => rm(data, { recursive: true, force: true }));

/** Files of the data folder in which one of the texts or byte sequences is. */
async function filesWith(traces: readonly (string | Buffer)[]): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(data, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const bytes = await readFile(file);
    for (const trace of traces) {
      if (bytes.includes(trace)) found.push(`${path.relative(data, file)}: ${trace.toString()}`);
    }
  }
  return found;
}

/** The vectors of all faces, as the database has them. Call while the service is stopped. */
async function vectors(): Promise<string[]> {
  const store = await Store.open({ folder: path.join(data, STORES.dynamodb), mode: 'existing' });
  const found: string[] = [];
  for await (const chunk of store.values(keysUnder('item/'))) {
    for (const item of chunk as { vector?: { B: string } }[]) {
      if (item.vector) found.push(item.vector.B);
    }
  }
  await store.close();
  return found;
}

async function index(CollectionId: string, image: Buffer, ExternalImageId: string) {
  const { FaceRecords = [] } = await client.send(
    new IndexFacesCommand({ CollectionId, Image: { Bytes: image }, ExternalImageId }),
  );
  return FaceRecords.map(({ Face }) => Face?.FaceId ?? '');
}

it('a person who is deleted is in no file, and those who stay are found', async () => {
  await client.send(new CreateCollectionCommand({ CollectionId: 'family' }));
  const [kept = ''] = await index('family', await portrait(SAME_MAN[0]), 'somebody-else');
  const [gone = ''] = await index('family', await portrait(SAME_MAN[1]), EXTERNAL_ID);
  const user = { CollectionId: 'family', UserId: USER_ID };
  await client.send(new CreateUserCommand(user));
  await client.send(new AssociateFacesCommand({ ...user, FaceIds: [gone] }));
  const Key = `family/${UPLOADED}`;
  const Body = await portrait(SAME_MAN[2] ?? SAME_MAN[1]);
  await s3.send(new PutObjectCommand({ Bucket: UPLOAD_BUCKET, Key, Body }));
  const uploaded = async () => {
    const { Faces = [] } = await client.send(new ListFacesCommand({ CollectionId: 'family' }));
    return Faces.filter(({ ExternalImageId }) => ExternalImageId?.includes('uploaded'));
  };
  await expect.poll(async () => (await uploaded()).length, { timeout: 20_000 }).toBe(1);
  const [{ FaceId: second = '', ExternalImageId: secondName = '' } = {}] = await uploaded();
  await stop();

  const traces = [gone, second, EXTERNAL_ID, secondName, UPLOADED, USER_ID];
  const before = await filesWith(traces);
  for (const trace of traces) expect(before.join('\n')).toContain(trace);
  const all = await vectors();
  const looking = ['verify-deletion', '--data', data, '--face', gone, '--user', USER_ID];
  const foundBefore = await ran(looking);
  expect(foundBefore).toMatchObject({ code: 1, said: '' });
  expect(foundBefore.printed).toMatch(/^face .*: NOT GONE\n.*table.*\d found\n {4}[A-Z]+#/);
  await start();
  await client.send(new DeleteUserCommand(user));
  await client.send(new DeleteFacesCommand({ CollectionId: 'family', FaceIds: [gone, second] }));
  await s3.send(new DeleteObjectCommand({ Bucket: UPLOAD_BUCKET, Key }));
  // The event of the deletion names the object until it has been received.
  await expect.poll(() => filesWith([UPLOADED]), { timeout: 30_000 }).toEqual([]);
  await stop();

  expect(await filesWith(traces)).toEqual([]);
  const left = await vectors();
  const removed = all.filter((vector) => !left.includes(vector));
  expect(removed.length).toBeGreaterThanOrEqual(3);
  const binary = removed.map((vector) => Buffer.from(vector, 'base64'));
  expect(await filesWith([...removed, ...binary])).toEqual([]);
  const elsewhere = await mkdtemp(path.join(tmpdir(), 'recollect-receipts-'));
  const vector = path.join(elsewhere, 'vector');
  await writeFile(vector, removed[0] ?? '');
  expect(await ran([...looking, '--vector', vector])).toMatchObject({ code: 0, said: '' });
  await writeFile(vector, left[0] ?? '');
  expect(await ran([...looking, '--vector', vector])).toMatchObject({ code: 1, said: '' });
  expect(await filesWith([kept, 'somebody-else'])).not.toEqual([]);
  await start();
  const { UserMatches } = await client.send(
    new SearchUsersCommand({ CollectionId: 'family', FaceId: kept }),
  );
  expect(UserMatches).toEqual([]);

  // What can be shown of it, and to whom: the receipts, and whoever has the public key.
  const about = { CollectionId: 'family', FaceId: gone };
  const answer = (await callExtension(client, 'GetDeletionReceipts', about)) as Receipts;
  expect(answer.Receipts.map(({ Statement }) => JSON.parse(Statement))).toMatchObject([
    { Subject: 'FACES', State: 'DONE', StoredAgain: [], BackupsUntil: null },
  ]);
  const ofUser = { CollectionId: 'family', UserId: USER_ID };
  expect(await callExtension(client, 'GetDeletionReceipts', ofUser)).toMatchObject({
    Receipts: [{ Statement: expect.stringContaining('"State":"DONE"') }],
  });
  const [file, key] = [path.join(elsewhere, 'receipts.json'), path.join(elsewhere, 'key.pem')];
  await writeFile(key, answer.PublicKey);
  await writeFile(file, JSON.stringify(answer));
  const verifying = ['verify-receipt', file, '--key', key];
  expect(await ran([...verifying, '--of', gone])).toMatchObject({ code: 0, said: '' });
  expect(await ran([...verifying, '--of', kept])).toMatchObject({ code: 1, printed: '' });
  await writeFile(file, JSON.stringify(answer).replace('DONE', 'GONE'));
  const forged = await ran(verifying);
  expect(forged.code).toBe(1);
  expect(forged.printed).toMatch(/^FORGED: /);
  await rm(elsewhere, { recursive: true });
  await stop();
});

it('of a collection that is deleted nothing is in any file', async () => {
  await client.send(new CreateCollectionCommand({ CollectionId: 'to-be-gone' }));
  const [first = ''] = await index('to-be-gone', await portrait(SAME_MAN[0]), EXTERNAL_ID);
  const [second = ''] = await index('to-be-gone', await portrait(SAME_MAN[1]), EXTERNAL_ID);
  const user = { CollectionId: 'to-be-gone', UserId: USER_ID };
  await client.send(new CreateUserCommand(user));
  await client.send(new AssociateFacesCommand({ ...user, FaceIds: [first, second] }));
  await stop();
  const all = await vectors();
  expect(all.length).toBeGreaterThanOrEqual(3);
  await start();
  await client.send(new DeleteCollectionCommand({ CollectionId: 'to-be-gone' }));
  await stop();
  const binary = all.map((vector) => Buffer.from(vector, 'base64'));
  const traces = [first, second, EXTERNAL_ID, USER_ID, 'to-be-gone', ...all, ...binary];
  expect(await filesWith(traces)).toEqual([]);
  expect(
    await readdir(path.join(data, 's3', 'blobs'), { recursive: true, withFileTypes: true }).then(
      (entries) => entries.filter((entry) => entry.isFile()),
    ),
  ).toEqual([]);
});
