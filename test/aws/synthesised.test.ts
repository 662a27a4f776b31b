/**
 * What `cdk synth` wrote, running: the bundles and the layer of the assembly serve an unmodified SDK, fold,
 * purge and sweep, with access keys that are checked.
 */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateCollectionCommand,
  DeleteCollectionCommand,
  IndexFacesCommand,
  RekognitionClient,
  SearchFacesByImageCommand,
} from '@aws-sdk/client-rekognition';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noFace, sample } from '../support/photos.ts';
import { failure } from '../support/stack.ts';
import { queueEvent } from './aws.ts';
import { type DeployedHere, deployHere } from './deployment.ts';

const STACK = 'Family';
const CLIENT = {
  region: 'eu-central-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};

// The layer holds binaries for Linux.
describe.runIf(process.platform === 'linux')('the synthesised assets', () => {
  let here: DeployedHere;
  let rekognition: RekognitionClient;

  beforeAll(async () => {
    here = await deployHere({
      stackName: STACK,
      foldAt: 1,
      fanOutAt: 0,
      scanners: 2,
      uploads: true,
    });
    await here.s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
    rekognition = new RekognitionClient({
      ...CLIENT,
      endpoint: here.endpoint,
      credentials: { accessKeyId: here.key.id, secretAccessKey: here.key.secret },
      maxAttempts: 1,
    });
  }, 180_000);

  afterAll(async () => {
    rekognition?.destroy();
    await here?.close();
  });

  const post = (operation: string, input: object, authorization: string) =>
    fetch(`${here.endpoint}/${operation}`, {
      method: 'POST',
      headers: { authorization },
      body: JSON.stringify(input),
    });
  const bearer = () => `Bearer ${here.key.id}.${here.key.secret}`;
  const messages = (queue: string) => here.sent.filter((message) => message.queue.includes(queue));
  const search = async (photo: Buffer) =>
    (
      await rekognition.send(
        new SearchFacesByImageCommand({ CollectionId: 'family', Image: { Bytes: photo } }),
      )
    ).FaceMatches ?? [];

  it('index and search real faces from an unmodified SDK, through the dispatcher', async () => {
    await rekognition.send(new CreateCollectionCommand({ CollectionId: 'family' }));
    const photo = await sample(1);
    const { FaceRecords = [] } = await rekognition.send(
      new IndexFacesCommand({ CollectionId: 'family', Image: { Bytes: photo } }),
    );
    expect(FaceRecords.length).toBeGreaterThanOrEqual(3);
    const [match] = await search(photo);
    expect(FaceRecords.map(({ Face }) => Face?.FaceId)).toContain(match?.Face?.FaceId);
    expect(match?.Similarity).toBeGreaterThan(99);
    await expect(failure(search(await noFace()))).resolves.toMatchObject({
      name: 'InvalidParameterException',
      message: 'There are no faces in the image. Should be at least 1.',
    });
  }, 120_000);

  it('serve plain HTTP by the function of each operation', async () => {
    await here.s3.send(
      new PutObjectCommand({ Bucket: 'photos', Key: 'four.jpg', Body: await sample(4) }),
    );
    const Image = { S3Object: { Bucket: 'photos', Name: 'four.jpg' } };
    const indexed = await post('IndexFaces', { CollectionId: 'family', Image }, bearer());
    expect(indexed.status).toBe(200);
    const { FaceRecords } = (await indexed.json()) as { FaceRecords: { Face: object }[] };
    expect(FaceRecords.length).toBeGreaterThan(0);
    const listed = await post('ListFaces', { CollectionId: 'family' }, bearer());
    const { Faces } = (await listed.json()) as { Faces: object[] };
    for (const { Face } of FaceRecords) expect(Faces).toContainEqual(Face);
    const found = await post('SearchFacesByImage', { CollectionId: 'family', Image }, bearer());
    const { FaceMatches } = (await found.json()) as { FaceMatches: { Face: object }[] };
    expect(FaceRecords.map(({ Face }) => Face)).toContainEqual(FaceMatches[0]?.Face);
  }, 120_000);

  it('refuse whoever has no key', async () => {
    const refused = await post(
      'ListFaces',
      { CollectionId: 'family' },
      `Bearer ${here.key.id}.wrong`,
    );
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ __type: 'UnrecognizedClientException' });
    const stranger = new RekognitionClient({ ...CLIENT, endpoint: here.endpoint, maxAttempts: 1 });
    const call = stranger.send(new CreateCollectionCommand({ CollectionId: 'mine' }));
    await expect(failure(call)).resolves.toMatchObject({ name: 'UnrecognizedClientException' });
  });

  it('fold what a request asked to be folded, and find the same afterwards', async () => {
    const photo = await sample(1);
    const before = await search(photo);
    const [request] = messages('Folds');
    expect(request?.group).toMatch(/-faces$/);
    expect(request?.deduplication).toContain(request?.group);
    const answer = await here.host.invoke(
      'Fold',
      queueEvent({ body: request?.body ?? '', group: 'g' }),
    );
    expect(answer).toEqual({ batchItemFailures: [] });
    const { Contents = [] } = await here.s3.send(new ListObjectsV2Command({ Bucket: 'shards' }));
    // The shard, and beside it the list of its ids.
    expect(Contents.map(({ Key }) => Key?.endsWith('.ids')).sort()).toEqual([false, true]);
    expect(await search(photo)).toEqual(before);
  }, 60_000);

  it('index what is put into the upload bucket, and keep what cannot be indexed', async () => {
    const event = async (Key: string, Body: Buffer | string) => {
      await here.s3.send(new PutObjectCommand({ Bucket: 'uploads', Key, Body }));
      const object = { key: Key, eTag: 'e', sequencer: '1' };
      const record = {
        eventName: 'ObjectCreated:Put',
        s3: { bucket: { name: 'uploads' }, object },
      };
      return { body: JSON.stringify({ Records: [record] }), group: undefined };
    };
    const good = await event('family/five.jpg', await sample(5));
    const bad = await event('family/notes.txt', 'no photograph');
    expect(await here.host.invoke('Ingest', queueEvent(good, bad))).toEqual({
      batchItemFailures: [],
    });
    expect(here.events).toMatchObject([
      { Status: 'INDEXED', Key: 'family/five.jpg', CollectionId: 'family' },
      { Status: 'REJECTED', Reason: { Code: 'InvalidImageFormatException' } },
    ]);
    expect(messages('DeadLetters')).toMatchObject([
      {
        body: bad.body,
        attributes: { ReasonCode: { StringValue: 'InvalidImageFormatException' } },
      },
    ]);
    const [match] = await search(await sample(5));
    expect(match?.Face?.ExternalImageId).toBe('five.jpg');
    const { output } = await here.host.start('Ingest');
    expect(output.join('')).toContain('"status":"INDEXED"');
    expect(output.join('')).not.toContain('five.jpg');
  }, 120_000);

  it('ask scan functions for what is in shards, and the records when a shard is gone', async () => {
    const photo = await sample(1);
    const scanners = await Promise.all(['Scan0', 'Scan1'].map((name) => here.host.start(name)));
    const answered = () => scanners.reduce((sum, scanner) => sum + scanner.answered.length, 0);
    const earlier = answered();
    const before = await search(photo);
    expect(before.length).toBeGreaterThan(0);
    expect(answered()).toBe(earlier + 1);

    const { Contents = [] } = await here.s3.send(new ListObjectsV2Command({ Bucket: 'shards' }));
    const shard = { Bucket: 'shards', Key: Contents[0]?.Key };
    const kept = await here.s3.send(new GetObjectCommand(shard));
    const Body = Buffer.from((await kept.Body?.transformToByteArray()) ?? []);
    await here.s3.send(new DeleteObjectCommand(shard));
    await here.host.stop();
    expect(await search(photo)).toEqual(before);
    await here.s3.send(new PutObjectCommand({ ...shard, Body }));
  }, 60_000);

  it('give back only the messages that failed', async () => {
    const [good] = messages('Folds');
    const event = queueEvent(
      { body: 'no request', group: 'a' },
      { body: good?.body ?? '', group: 'a' },
      { body: good?.body ?? '', group: 'b' },
    );
    expect(await here.host.invoke('Fold', event)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-0' }, { itemIdentifier: 'message-1' }],
    });
  });

  it('measure tails in a sweep, as a metric in the log', async () => {
    await here.host.invoke('Sweep', {});
    const { output } = await here.host.start('Sweep');
    await expect
      .poll(() => output.join(''))
      .toMatch(
        /"service":"Family".*"OldestPendingPurge":0[\s\S]*"service":"Family".*"TailLength":\d+/,
      );
  });

  it('purge what is left of a deleted collection', async () => {
    await rekognition.send(new DeleteCollectionCommand({ CollectionId: 'family' }));
    const [request] = messages('Purges');
    await here.host.invoke('Purge', queueEvent({ body: request?.body ?? '', group: undefined }));
    await here.host.invoke('Erase', {});
    const { Items = [] } = await here.dynamodb.send(new ScanCommand({ TableName: 'records' }));
    // What stays are receipts of deletions, which name nobody, and where the last sweep ended.
    const stays = /^(RECEIPTS#|SWEEP$)/;
    expect(Items.filter(({ pk }) => !stays.test(pk?.S ?? ''))).toEqual([]);
    expect(Items.length).toBeGreaterThan(0);
    expect(JSON.stringify(Items)).not.toContain('family');
    const { Contents } = await here.s3.send(new ListObjectsV2Command({ Bucket: 'shards' }));
    expect(Contents).toBeUndefined();
  });
});
