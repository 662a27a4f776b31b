/**
 * Stored video in the stack that `-c video=true` synthesises, against moto: jobs with several parts, under the policies of
 * its functions, until they are forgotten, with no denial.
 */
import { GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OTHERS, portrait, SAME_MAN } from '../../support/photos.ts';
import { present } from '../../support/programs.ts';
import { recollect } from '../../support/recollect.ts';
import { clip, H264 } from '../../video/clips.ts';
import { scene } from '../../video/scenes.ts';
import { deployIntoMoto, type InMoto } from './deployment.ts';
import { ACCOUNT, REGION } from './policies.ts';
import { MOTO } from './server.ts';

const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:video-done`;
const SETTINGS = {
  stackName: 'VideoInMoto',
  imageBuckets: 'clips',
  video: true,
  videoRate: 1,
  videoConcurrency: 2,
  videoTopics: TOPIC,
};
/** With a rate of one a second: 125 pictures, in parts of a minute. */
const SECONDS = 125;
const PARTS = 3;
const WEEK_MS = 7 * 24 * 3600 * 1000;

type Json = Record<string, unknown>;
interface Row {
  readonly Timestamp: number;
  readonly Person: { readonly Index: number };
  readonly FaceMatches: readonly { readonly Face: { readonly ExternalImageId: string } }[];
}

describe.runIf(present(MOTO.command, MOTO.args))('stored video in moto', () => {
  let here: InMoto;
  let sqs: SQSClient;
  let version: string | undefined;
  const told = `/${ACCOUNT}/told`;
  const S3Object = { Bucket: 'clips', Name: 'two people.mp4' };

  beforeAll(async () => {
    here = await deployIntoMoto(SETTINGS);
    const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
    const connection = { region: REGION, endpoint: here.moto, credentials };
    sqs = new SQSClient(connection);
    const sns = new SNSClient(connection);
    await sns.send(new CreateTopicCommand({ Name: 'video-done' }));
    await sqs.send(new CreateQueueCommand({ QueueName: 'told' }));
    const Endpoint = `arn:aws:sqs:${REGION}:${ACCOUNT}:told`;
    await sns.send(new SubscribeCommand({ TopicArn: TOPIC, Protocol: 'sqs', Endpoint }));
    sns.destroy();
    const Bucket = 'clips';
    const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
    await here.s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await here.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    const Body = await twoPeople();
    const Key = S3Object.Name;
    version = (await here.s3.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId;
    await call('CreateCollection', { CollectionId: 'known' });
    const Bytes = (await portrait(SAME_MAN[2])).toString('base64');
    const face = { Image: { Bytes }, ExternalImageId: 'man' };
    await call('IndexFaces', { CollectionId: 'known', ...face });
  }, 300_000);
  afterAll(async () => {
    sqs?.destroy();
    await here?.close();
  });

  async function call(operation: string, input: Json): Promise<Json> {
    const { status, body } = await ask(operation, input);
    if (status !== 200) throw new Error(`${operation} answered ${status} ${JSON.stringify(body)}`);
    return body;
  }
  async function ask(operation: string, input: Json) {
    const response = await fetch(`${here.httpEndpoint}/${operation}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${here.key.id}.${here.key.secret}` },
      body: JSON.stringify(input),
    });
    return { status: response.status, body: (await response.json()) as Json };
  }
  /** Takes all steps there are, and those that they ask for. @returns their names, in order */
  async function work(): Promise<string[]> {
    const steps: string[] = [];
    for (;;) {
      const events = await here.drain('VideosQueue');
      if (events.length === 0) return steps;
      for (const event of events) {
        const [record] = event.Records as { body: string }[];
        steps.push(JSON.parse(record!.body).step);
        expect(await here.host.invoke('Video', event)).toEqual({ batchItemFailures: [] });
      }
    }
  }
  const results = async () => {
    const Bucket = here.named('VideosResults');
    const { Contents = [] } = await here.s3.send(new ListObjectsV2Command({ Bucket }));
    return Contents.map(({ Key = '' }) => Key);
  };
  /** As the clock of the stack asks for it. */
  async function sweep(): Promise<void> {
    const QueueUrl = `${here.moto}/${ACCOUNT}/${here.named('VideosQueue')}`;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{"step":"sweep"}' }));
    await work();
  }

  it('searches in parts, tells the topic, and answers by pages', { timeout: 240_000 }, async () => {
    const search = {
      CollectionId: 'known',
      Video: { S3Object },
      ClientRequestToken: 'once',
      NotificationChannel: { SNSTopicArn: TOPIC, RoleArn: `arn:aws:iam::${ACCOUNT}:role/any` },
    };
    const { JobId } = await call('StartFaceSearch', search);
    expect((await call('StartFaceSearch', search))['JobId']).toBe(JobId);
    const get = { JobId, MaxResults: 200 };
    expect(await call('GetFaceSearch', get)).toMatchObject({ JobStatus: 'IN_PROGRESS' });
    expect((await call('ListVideoJobs', {}))['Jobs']).toMatchObject([{ JobId, Progress: 0 }]);
    const steps = await work();
    expect(steps.filter((step) => step === 'part')).toHaveLength(PARTS);
    expect(steps.slice(-2)).toEqual(['merge', 'notify']);
    const answer = await call('GetFaceSearch', get);
    expect(answer).toMatchObject({ JobStatus: 'SUCCEEDED', VideoMetadata: { Codec: 'h264' } });
    const { NextToken } = answer;
    const rest = await call('GetFaceSearch', { ...get, NextToken });
    const rows = [...(answer['Persons'] as Row[]), ...(rest['Persons'] as Row[])];
    const expected = Array.from({ length: SECONDS }, (_, i) => [i * 1000, i * 1000]).flat();
    expect(rows.map(({ Timestamp }) => Timestamp)).toEqual(expected);
    const names = new Map(
      rows.map(({ Person, FaceMatches }) => [
        Person.Index,
        FaceMatches.map(({ Face }) => Face.ExternalImageId).join(),
      ]),
    );
    expect([...names.keys()].sort()).toEqual([0, 1]);
    expect([...names.values()].sort()).toEqual(['', 'man']);
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: `${here.moto}${told}`, MaxNumberOfMessages: 10 }),
    );
    expect(Messages.map(({ Body = '' }) => JSON.parse(JSON.parse(Body).Message))).toMatchObject([
      { JobId, Status: 'SUCCEEDED', API: 'StartFaceSearch' },
    ]);
    // What was seen in parts is gone, vectors with it.
    expect((await results()).filter((key) => key.includes('/part-'))).toEqual([]);
  });

  it('detects on a version, and stops when it is told to', { timeout: 240_000 }, async () => {
    const Video = { S3Object: { ...S3Object, Version: version } };
    const { JobId } = await call('StartFaceDetection', { Video });
    await work();
    const { Faces } = await call('GetFaceDetection', { JobId });
    expect(Faces).toHaveLength(2 * SECONDS);
    const stopped = (await call('StartFaceDetection', { Video }))['JobId'];
    const credentials = { AWS_ACCESS_KEY_ID: here.key.id, AWS_SECRET_ACCESS_KEY: here.key.secret };
    const environment = { ...credentials, AWS_REGION: REGION };
    const jobs = (...args: string[]) =>
      recollect(['jobs', ...args, '--endpoint', here.sdkEndpoint], environment);
    expect(await jobs()).toContain('clips/two people.mp4, search of known  ended');
    expect(await jobs('stop', String(stopped))).toBe(`${stopped} is stopped.\n`);
    expect(await call('StopVideoJob', { JobId: stopped })).toEqual({ JobStatus: 'FAILED' });
    await work();
    expect(await call('GetFaceDetection', { JobId: stopped })).toMatchObject({
      JobStatus: 'FAILED',
      StatusMessage: 'The job was stopped by a request.',
    });
    expect((await results()).filter((key) => key.includes(String(stopped)))).toEqual([]);
  });

  it('forgets jobs after a week, and everything of them', { timeout: 120_000 }, async () => {
    const TableName = here.named('StorageRecords');
    const { Items = [] } = await here.dynamodb.send(new ScanCommand({ TableName }));
    const jobs = Items.filter(({ job }) => job?.S !== undefined);
    expect(jobs).toHaveLength(3);
    for (const { pk, sk } of jobs) {
      const Key = { pk: pk!, sk: sk! };
      const { Item } = await here.dynamodb.send(new GetItemCommand({ TableName, Key }));
      const job = JSON.parse(Item!['job']!.S!);
      const earlier = JSON.stringify({ ...job, finishedAt: job.finishedAt - WEEK_MS });
      const aged = { ...Item, job: { S: earlier } };
      await here.dynamodb.send(new PutItemCommand({ TableName, Item: aged }));
      const get = job.request.operation.replace('Start', 'Get');
      const { status, body } = await ask(get, { JobId: job.id });
      expect([status, body['__type'] ?? body['Code']]).toEqual([
        400,
        expect.stringContaining('ResourceNotFoundException'),
      ]);
    }
    await sweep();
    expect(await results()).toEqual([]);
    const after = await here.dynamodb.send(new ScanCommand({ TableName }));
    const ofVideo = /^VIDEO/;
    const left = (after.Items ?? []).filter(({ pk }) => ofVideo.test(pk?.S ?? ''));
    // How many are in progress: none.
    expect(left.map(({ jobs }) => jobs?.N)).toEqual(['0']);
  });

  it('nothing was denied', () => {
    expect([...here.guard.denials]).toEqual([]);
    expect([...(here.guard.used.get('Video') ?? [])]).toContain('sns:Publish');
  });
});

async function twoPeople(): Promise<Buffer> {
  const still = (x: number) =>
    [
      [x, 0.5],
      [x, 0.5],
    ] as const;
  const [man, stranger] = [await portrait(SAME_MAN[0]), await portrait(OTHERS[0])];
  const cast = [
    { who: 'man', photo: man, from: 0, to: SECONDS, size: 220, path: still(0.25) },
    { who: 'stranger', photo: stranger, from: 0, to: SECONDS, size: 220, path: still(0.75) },
  ];
  return clip(await scene(cast, { width: 480, height: 360, rate: 1, seconds: SECONDS }), [
    [...H264, '-g', '20'],
  ]);
}
