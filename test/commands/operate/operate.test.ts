/** `recollect fold` and `recollect verify` find what is wrong with a collection, and put it right. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DeleteObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AssociateFaces } from '../../../functions/associate-faces.ts';
import { createMaintenance } from '../../../functions/common/maintenance.ts';
import type { Services } from '../../../functions/common/services.ts';
import type { Opened } from '../../../infra/commands/operate/open.ts';
import { operate, type Report, type Request } from '../../../infra/commands/operate/operate.ts';
import { startLocal } from '../../../infra/local/stack.ts';
import {
  BUILT_IN_FACE_MODELS,
  DEFAULT_FACE_MODEL,
  faceModel,
} from '../../../layers/inference/index.ts';
import type { Collection, NewFace } from '../../../layers/records/index.ts';
import { Records } from '../../../layers/records/index.ts';
import { encodeIds, encodeShard, S3ShardStore, ShardCache } from '../../../layers/vectors/index.ts';
import { quickDatabase, quickStore } from '../../support/quick.ts';
import { Random } from '../../support/random.ts';
import { ran, recollect } from '../../support/recollect.ts';
import type { TestDatabase, TestStore } from '../../support/tables.ts';

const { dimension } = faceModel(DEFAULT_FACE_MODEL);
const TABLE = 'records';
const BUCKET = 'shards';
const CALL = { requestId: 'request', region: 'us-east-1', accountId: '000000000000' };

let database: TestDatabase;
let objects: TestStore;
let opened: Opened;
let documents: DynamoDBDocumentClient;
let s3: S3Client;
let collection: Collection;
let faces: NewFace[];
const random = new Random(11);

beforeAll(async () => {
  database = await quickDatabase();
  objects = await quickStore();
  await database.createTable(TABLE);
  await objects.createBucket(BUCKET);
  s3 = objects.connect();
  documents = DynamoDBDocumentClient.from(database.connect());
  const records = new Records({ client: database.connect(), table: TABLE });
  opened = {
    records,
    store: new S3ShardStore(s3, BUCKET),
    faceModels: BUILT_IN_FACE_MODELS,
    items: async function* () {},
    close: async () => undefined,
  };
});
afterAll(async () => {
  await database.close();
  await objects.close();
});

/** A collection with faces in shards and in the tail, and a user. */
beforeEach(async () => {
  const { records } = opened;
  collection = await records.collections.create(randomUUID(), DEFAULT_FACE_MODEL, {});
  faces = Array.from({ length: 12 }, () => face());
  await insert(faces.slice(0, 8));
  await records.users.create(collection, 'ada', undefined);
  const FaceIds = faces.slice(0, 2).map(({ id }) => id);
  const body = JSON.stringify({
    CollectionId: collection.id,
    UserId: 'ada',
    FaceIds,
    UserMatchThreshold: 0,
  });
  const services = {
    records,
    faceModels: BUILT_IN_FACE_MODELS,
    jobs: { tailGrew: async () => undefined },
  };
  await AssociateFaces.prepare(body).run(services as unknown as Services, CALL);
  expect(await fold()).toEqual([true, expect.any(Array)]);
  await insert(faces.slice(8));
  await records.faces.delete(collection, [faces[7]!.id], encodeIds);
});

const face = (): NewFace => ({
  id: random.uuid(),
  imageId: random.uuid(),
  box: { left: 0, top: 0, width: 1, height: 1 },
  confidence: 99,
  faceModel: DEFAULT_FACE_MODEL,
  vector: random.unitVector(dimension),
});
const insert = (given: readonly NewFace[]) =>
  opened.records.faces.insert(collection, given, (added) =>
    encodeShard(DEFAULT_FACE_MODEL, dimension, added),
  );

async function carriedOut(
  request: Request,
  signal = new AbortController().signal,
): Promise<[isWell: boolean, lines: string[]]> {
  const reports: Report[] = [];
  for await (const report of operate(request, opened, signal)) reports.push(report);
  return [reports.every(({ isWell }) => isWell), reports.flatMap(({ lines }) => lines)];
}
const fold = () => carriedOut({ action: 'fold', collections: [collection.id] });
const verify = (repair = false) =>
  carriedOut({ action: 'verify', collections: [collection.id], repair });

async function shardKeys(): Promise<string[]> {
  const listed = await s3.send(
    new ListObjectsV2Command({ Bucket: BUCKET, Prefix: `${collection.generation}/` }),
  );
  return (listed.Contents ?? []).flatMap(({ Key }) => Key ?? []);
}

/** What a verification says, before and after the repair that it then makes. */
async function expectRepaired(problem: string | RegExp): Promise<void> {
  const [isWell, lines] = await verify();
  expect(lines.join('\n')).toMatch(problem);
  expect(lines[0]).toContain('NOT WELL');
  expect(isWell).toBe(false);
  const [isRepaired, done] = await verify(true);
  expect(done.at(-1)).toContain('all is well');
  expect(isRepaired).toBe(true);
  expect(await verify()).toEqual([
    true,
    [expect.stringMatching(/: 11 faces, 1 users: all is well$/)],
  ]);
}

describe('recollect fold', () => {
  it('takes all there is in the tails into shards', async () => {
    expect(await fold()).toEqual([
      true,
      [
        `${collection.id}: faces: 4 added, 1 removed`,
        `${collection.id}: users: 0 added, 0 removed`,
      ],
    ]);
    expect(await opened.records.tail.read(collection.generation, 'faces')).toEqual([]);
  });

  it('takes every collection with --all', async () => {
    const [, lines] = await carriedOut({ action: 'fold', collections: [] });
    expect(lines).toContain(`${collection.id}: faces: 4 added, 1 removed`);
  });
});

describe('recollect verify', () => {
  it('finds nothing wrong with a collection that is half folded', async () => {
    expect(await verify()).toEqual([true, [`${collection.id}: 11 faces, 1 users: all is well`]]);
  });

  it('finds a shard that is missing', async () => {
    for (const Key of await shardKeys())
      await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
    await expectRepaired('shards are missing or damaged');
  });

  it('finds a shard that is damaged', async () => {
    for (const key of await shardKeys()) {
      const { shards } = await opened.records.manifests.get(
        collection.generation,
        key.includes('/faces/') ? 'faces' : 'users',
      );
      await opened.store.put(key, new Uint8Array(shards[0]!.bytes));
    }
    await expectRepaired('shards are missing or damaged');
  });

  it('finds records that no search finds', async () => {
    const { tail } = opened.records;
    await tail.delete(await tail.read(collection.generation, 'faces'));
    // Neither are the new faces found, nor does anything say that one is to leave the shards.
    await expectRepaired(/4 records are in no shard[\s\S]*1 vectors have no record/);
  });

  it('finds codes of another vector', async () => {
    const vector = Buffer.from(random.unitVector(dimension).buffer);
    await documents.send(
      new UpdateCommand({
        TableName: TABLE,
        Key: { pk: `FACES#${collection.generation}`, sk: faces[3]!.id },
        UpdateExpression: 'SET vector = :vector',
        ExpressionAttributeValues: { ':vector': vector },
      }),
    );
    await expectRepaired(`1 vectors are not those of their records: ${faces[3]!.id}`);
  });

  it('finds wrong counters', async () => {
    await opened.records.collections.correctCounts(collection, { faces: 3, users: -1 });
    await expectRepaired(/14 faces are counted[\s\S]*0 users are counted/);
  });

  it('finds users and faces that disagree, and leaves them to somebody who knows', async () => {
    await documents.send(
      new UpdateCommand({
        TableName: TABLE,
        Key: { pk: `FACES#${collection.generation}`, sk: faces[0]!.id },
        UpdateExpression: 'SET userId = :user',
        ExpressionAttributeValues: { ':user': 'grace' },
      }),
    );
    const [isWell, lines] = await verify(true);
    expect(isWell).toBe(false);
    expect(lines.join('\n')).toContain(`Face ${faces[0]!.id} says it is of user grace`);
    expect(lines.join('\n')).toContain(`User ada has face ${faces[0]!.id}, which says otherwise`);
  });

  it('finds objects that nobody needs', async () => {
    const key = `${collection.generation}/faces/orphan.shard`;
    const { manifests } = opened.records;
    const manifest = await manifests.get(collection.generation, 'faces');
    await opened.store.put(key, new Uint8Array(1));
    const retired = [{ key, retiredAt: Date.now() - 16 * 60_000 }];
    await manifests.swap(collection, 'faces', manifest, { shards: manifest.shards, retired });
    await expectRepaired('1 objects that nobody needs any more');
    expect(await shardKeys()).not.toContain(key);
  });

  it('does not mind a vector that is in two shards, and takes one away if asked to repair', async () => {
    // A fold that died between its swap and the deletion of what it took from the tail.
    const { tail } = opened.records;
    const { records, store } = opened;
    const entries = await tail.read(collection.generation, 'faces');
    await fold();
    await insert(Array.from({ length: 1 }, face));
    for (const { key, count, kind, payload } of entries)
      await documents.send(
        new PutCommand({ TableName: TABLE, Item: { ...key, count, kind, payload } }),
      );
    const maintenance = createMaintenance({ records, store, cache: new ShardCache(store, 0) });
    await maintenance.fold(collection, 'faces');
    const [isWell] = await verify();
    expect(isWell).toBe(true);
    const [isRepaired, lines] = await verify(true);
    expect(isRepaired).toBe(true);
    expect(lines.at(-1)).toMatch(/12 faces, 1 users: all is well$/);
  });
});

describe('the command line', () => {
  it.each([
    [['fold'], 'Say which collection'],
    [['verify'], 'Say which collection'],
    [['fold', '--all', 'family'], 'Either --all or collections'],
    [['fold', 'family', '--repair'], "Unknown option '--repair'"],
    [['verify', 'family', '--stack', 'a b'], 'cannot be the name of a stack'],
    [['verify', 'family', '--stack', 'A', '--data', 'b'], 'Either --stack or --data'],
    [['verify', 'family', '--wrong'], '--wrong'],
  ])('%j is refused', async (args, problem) => {
    const { code, said } = await ran(args);
    expect(said).toContain(problem);
    expect(code).toBe(2);
  });

  it('works on the data folder once the service has stopped, and says so while it runs', async () => {
    const data = await mkdtemp(path.join(tmpdir(), 'recollect-operate-'));
    const program = (...args: string[]) => ran(args, { RECOLLECT_DATA: data });
    const refused = (said: string) => ({ code: 1, said: expect.stringContaining(said) });
    try {
      expect(await program('verify', 'family')).toMatchObject(
        refused('There are no collections in'),
      );
      const options = { host: '127.0.0.1', port: 0, s3Port: 0, data, foldAt: 500 };
      const stack = await startLocal(options);
      try {
        await fetch(`${stack.endpoint}/CreateCollection`, {
          method: 'POST',
          body: '{"CollectionId":"family"}',
        });
        const elsewhere = recollect(['fold', '--all'], { RECOLLECT_DATA: data });
        await expect(elsewhere).rejects.toThrow('Stop that one');
      } finally {
        await stack.close();
      }
      expect((await program('fold', '--all')).printed).toContain(
        'family: faces: 0 added, 0 removed',
      );
      expect((await program('verify', 'family')).printed).toContain(
        'family: 0 faces, 0 users: all is well',
      );
      expect(await program('verify', 'nobody')).toMatchObject(
        refused('There is no collection nobody'),
      );
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  }, 180_000);
});
