/** Jobs on stored video, through the AWS SDK, with clips of real faces. */
import {
  CreateCollectionCommand,
  DeleteCollectionCommand,
  DeleteFacesCommand,
  GetFaceDetectionCommand,
  type GetFaceDetectionCommandOutput,
  GetFaceSearchCommand,
  type GetFaceSearchCommandInput,
  type GetFaceSearchCommandOutput,
  IndexFacesCommand,
  StartFaceDetectionCommand,
  type StartFaceDetectionCommandInput,
  StartFaceSearchCommand,
  type StartFaceSearchCommandInput,
} from '@aws-sdk/client-rekognition';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OTHERS, portrait, SAME_MAN } from '../support/photos.ts';
import { failure, startStack, type TestStack } from '../support/stack.ts';
import { clip, H264, numbered } from '../video/clips.ts';
import { type Appearance, scene, truthAt } from '../video/scenes.ts';

const BUCKET = 'clips';
const SIZE = { width: 640, height: 480, rate: 10, seconds: 3 };
const TOPIC = {
  SNSTopicArn: 'arn:aws:sns:us-east-1:000000000000:video-done',
  RoleArn: 'arn:aws:iam::000000000000:role/notify',
};

let stack: TestStack;
let cast: Appearance[];
beforeAll(async () => {
  // Parts of a second, so that a clip of three has several.
  stack = await startStack({
    environment: { RECOLLECT_FFMPEG: 'none' },
    videoPartSeconds: 1,
    videoRate: 2,
  });
  await stack.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const path = [
    [0.25, 0.5],
    [0.35, 0.5],
  ] as const;
  const beside = [
    [0.75, 0.5],
    [0.7, 0.45],
  ] as const;
  cast = [
    { who: 'man', photo: await portrait(SAME_MAN[0]), from: 0, to: 1, size: 300, path },
    { who: 'stranger', photo: await portrait(OTHERS[0]), from: 0, to: 3, size: 300, path: beside },
    { who: 'man', photo: await portrait(SAME_MAN[1]), from: 2, to: 3, size: 300, path },
  ];
  await put('people.mp4', await clip(await scene(cast, SIZE), [[...H264, '-g', '7']]));
}, 120_000);
afterAll(() => stack.stop());

function put(Key: string, Body: Buffer) {
  return stack.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
}

const video = (Name: string) => ({ S3Object: { Bucket: BUCKET, Name } });
const detect = (Name: string, more: Partial<StartFaceDetectionCommandInput> = {}) =>
  stack.rekognition.send(new StartFaceDetectionCommand({ Video: video(Name), ...more }));
const search = (more: Partial<StartFaceSearchCommandInput> = {}) =>
  stack.rekognition.send(
    new StartFaceSearchCommand({ Video: video('people.mp4'), CollectionId: 'known', ...more }),
  );

/** Nobody waits for what it would have seen. */
async function stop(JobId: string | undefined) {
  const init = { method: 'POST', body: JSON.stringify({ JobId }) };
  expect((await fetch(`${stack.endpoint}/StopVideoJob`, init)).status).toBe(200);
}

async function until<T extends { JobStatus?: string | undefined }>(get: () => Promise<T>) {
  for (;;) {
    const answer = await get();
    if (answer.JobStatus !== 'IN_PROGRESS') return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const detected = (JobId: string | undefined): Promise<GetFaceDetectionCommandOutput> =>
  until(() => stack.rekognition.send(new GetFaceDetectionCommand({ JobId })));
const searched = (input: GetFaceSearchCommandInput): Promise<GetFaceSearchCommandOutput> =>
  until(() => stack.rekognition.send(new GetFaceSearchCommand(input)));

/** Of a face in the middle of whose photograph the truth puts somebody. */
function whoIs(timestamp: number | undefined, box: { Left?: number; Width?: number } | undefined) {
  const centre = (box?.Left ?? 0) + (box?.Width ?? 0) / 2;
  const there = truthAt(cast, (timestamp ?? 0) / 1000);
  return there.find(({ x, size }) => Math.abs(x - centre) * SIZE.width < size / 4)?.who;
}

describe('looking for faces', () => {
  it('finds them where and when they are', { timeout: 60_000 }, async () => {
    const { JobId } = await detect('people.mp4', { JobTag: 'a:tag' });
    const answer = await detected(JobId);
    expect(answer).toMatchObject({
      JobStatus: 'SUCCEEDED',
      JobId,
      JobTag: 'a:tag',
      Video: video('people.mp4'),
      VideoMetadata: {
        Codec: 'h264',
        DurationMillis: 3000,
        Format: 'QuickTime / MOV',
        FrameRate: 10,
        FrameHeight: 480,
        FrameWidth: 640,
        ColorRange: 'LIMITED',
      },
    });
    expect(answer.StatusMessage).toBeUndefined();
    const seen = answer.Faces!.map(({ Timestamp, Face }) => [
      Timestamp,
      whoIs(Timestamp, Face!.BoundingBox as never),
    ]);
    const expected = [0, 500, 1000, 1500, 2000, 2500].flatMap((ms) =>
      truthAt(cast, ms / 1000).map(({ who }) => [ms, who]),
    );
    expect(seen.map(String).sort()).toEqual(expected.map(String).sort());
    const [face] = answer.Faces!;
    expect(face!.Face!.Landmarks).toHaveLength(5);
    expect(face!.Face!.Emotions ?? []).toEqual([]);

    const pages: unknown[] = [];
    let NextToken: string | undefined;
    do {
      const page: GetFaceDetectionCommandOutput = await stack.rekognition.send(
        new GetFaceDetectionCommand({ JobId, MaxResults: 3, NextToken }),
      );
      expect(page.VideoMetadata).toEqual(answer.VideoMetadata);
      expect(page.Faces!.length).toBeLessThanOrEqual(3);
      pages.push(...page.Faces!);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(pages).toEqual(answer.Faces);
    // More than 1,000 is 1,000, and no error.
    const many = new GetFaceDetectionCommand({ JobId, MaxResults: 5000 });
    expect((await stack.rekognition.send(many)).Faces).toHaveLength(answer.Faces!.length);
    const foreign = new GetFaceDetectionCommand({ JobId, NextToken: 'bm9uZQ' });
    expect((await failure(stack.rekognition.send(foreign))).name).toBe(
      'InvalidPaginationTokenException',
    );
  });

  it('tells all attributes, without those that are of photographs', async () => {
    const { JobId } = await detect('people.mp4', { FaceAttributes: 'ALL' });
    const { Faces = [] } = await detected(JobId);
    const { Face } = Faces[0]!;
    expect(Face!.Landmarks!.length).toBeGreaterThan(20);
    expect(Face!.Emotions!.length).toBeGreaterThan(0);
    expect([Face!.FaceOccluded, Face!.EyeDirection]).toEqual([undefined, undefined]);
  });
});

describe('looking for known people', () => {
  let JobId: string | undefined;
  let FaceId: string | undefined;
  let answer: GetFaceSearchCommandOutput;
  beforeAll(async () => {
    await stack.rekognition.send(new CreateCollectionCommand({ CollectionId: 'known' }));
    const indexed = await stack.rekognition.send(
      new IndexFacesCommand({
        CollectionId: 'known',
        Image: { Bytes: await portrait(SAME_MAN[2]) },
        ExternalImageId: 'man',
      }),
    );
    FaceId = indexed.FaceRecords![0]!.Face!.FaceId;
    ({ JobId } = await search({ FaceMatchThreshold: 60, NotificationChannel: TOPIC }));
    answer = await searched({ JobId });
  }, 60_000);

  it('recognises who is known, comes back, and is nobody else', () => {
    expect(answer.JobStatus).toBe('SUCCEEDED');
    const persons = new Map<number, Set<string | undefined>>();
    for (const { Timestamp, Person, FaceMatches } of answer.Persons!) {
      const who = whoIs(Timestamp, Person!.BoundingBox as never);
      const known = persons.get(Person!.Index!) ?? new Set();
      persons.set(Person!.Index!, known.add(who));
      expect(FaceMatches!.map(({ Face }) => Face!.ExternalImageId)).toEqual(
        who === 'man' ? ['man'] : [],
      );
      expect(Person!.Face!.BoundingBox).toEqual(Person!.BoundingBox);
    }
    expect([...persons.values()].map((who) => [...who]).sort()).toEqual([['man'], ['stranger']]);
    expect([...persons.keys()].sort()).toEqual([0, 1]);
  });

  it('sorts by time or by person', async () => {
    const byIndex = await searched({ JobId, SortBy: 'INDEX' });
    const order = (rows: GetFaceSearchCommandOutput['Persons'] = []) =>
      rows.map(({ Timestamp = 0, Person }) => [Person!.Index!, Timestamp] as const);
    const times = answer.Persons!.map(({ Timestamp }) => Timestamp!);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(order(byIndex.Persons)).toEqual(
      [...order(answer.Persons)].sort(([a, t], [b, u]) => a - b || t - u),
    );
    // A token of one order says nothing in the other.
    const page = await searched({ JobId, MaxResults: 2 });
    const crossed = searched({ JobId, SortBy: 'INDEX', NextToken: page.NextToken });
    expect((await failure(crossed)).name).toBe('InvalidPaginationTokenException');
  });

  it('tells the topic, once', async () => {
    const sqs = new SQSClient({
      endpoint: stack.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    });
    const QueueUrl = `${stack.endpoint}/000000000000/video-done`;
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    sqs.destroy();
    expect(Messages).toHaveLength(1);
    const envelope = JSON.parse(Messages[0]!.Body!);
    expect(envelope).toMatchObject({ Type: 'Notification', TopicArn: TOPIC.SNSTopicArn });
    expect(JSON.parse(envelope.Message)).toEqual({
      JobId,
      Status: 'SUCCEEDED',
      API: 'StartFaceSearch',
      Timestamp: expect.any(Number),
      Video: { S3ObjectName: 'people.mp4', S3Bucket: BUCKET },
    });
  });

  it('of an empty collection finds nobody, and says so of everybody', async () => {
    await stack.rekognition.send(new CreateCollectionCommand({ CollectionId: 'empty' }));
    const { JobId } = await search({ CollectionId: 'empty' });
    const { Persons = [] } = await searched({ JobId });
    expect(Persons.length).toBeGreaterThan(5);
    expect(Persons.every(({ FaceMatches }) => FaceMatches?.length === 0)).toBe(true);
  });

  it('does not name a face that has been deleted since', async () => {
    await stack.rekognition.send(
      new DeleteFacesCommand({ CollectionId: 'known', FaceIds: [FaceId!] }),
    );
    const { Persons = [] } = await searched({ JobId });
    expect(Persons).toHaveLength(answer.Persons!.length);
    expect(Persons.flatMap(({ FaceMatches = [] }) => FaceMatches)).toEqual([]);
  });

  it('fails when the collection is deleted meanwhile', async () => {
    await stack.rekognition.send(new CreateCollectionCommand({ CollectionId: 'passing' }));
    const { JobId } = await search({ CollectionId: 'passing' });
    await stack.rekognition.send(new DeleteCollectionCommand({ CollectionId: 'passing' }));
    const { JobStatus, StatusMessage, Persons } = await searched({ JobId });
    expect([JobStatus, StatusMessage, Persons]).toEqual([
      'FAILED',
      'The collection id: passing does not exist',
      [],
    ]);
  });
});

describe('a token', () => {
  it('begins one job, however often it is sent', async () => {
    const ClientRequestToken = 'token-1';
    const all = await Promise.all(
      [1, 2, 3].map(() => detect('people.mp4', { ClientRequestToken })),
    );
    expect(new Set(all.map(({ JobId }) => JobId)).size).toBe(1);
    await stop(all[0]!.JobId);
    const again = await detect('people.mp4', { ClientRequestToken });
    expect(again.JobId).toBe(all[0]!.JobId);
    const other = detect('people.mp4', { ClientRequestToken, JobTag: 'another' });
    expect((await failure(other)).name).toBe('IdempotentParameterMismatchException');
  });
});

describe('what is wrong', () => {
  it('is said at once where it is known', async () => {
    const wrong = async (call: Promise<unknown>) => (await failure(call)).name;
    expect(await wrong(detect('nowhere.mp4'))).toBe('InvalidS3ObjectException');
    expect(await wrong(search({ CollectionId: 'nobody' }))).toBe('ResourceNotFoundException');
    expect(await wrong(detect('x', { Video: {} }))).toBe('InvalidParameterException');
    const half = { S3Object: { Bucket: BUCKET } };
    expect(await wrong(detect('x', { Video: half }))).toBe('InvalidS3ObjectException');
    const reserved = {
      ...TOPIC,
      SNSTopicArn: 'arn:aws:sns:us-east-1:000000000000:recollect-uploads',
    };
    expect(await wrong(detect('people.mp4', { NotificationChannel: reserved }))).toBe(
      'InvalidParameterException',
    );
    const unknown = new GetFaceSearchCommand({ JobId: 'nothing' });
    expect(await wrong(stack.rekognition.send(unknown))).toBe('ResourceNotFoundException');
    const { JobId } = await detect('people.mp4');
    const crossed = new GetFaceSearchCommand({ JobId });
    expect(await wrong(stack.rekognition.send(crossed))).toBe('ResourceNotFoundException');
    await stop(JobId);
  });

  it('is said of the job where it is found out later, and nothing is left', async () => {
    const few = numbered(20);
    const whole = await clip(few, [[...H264, '-movflags', '+faststart']]);
    const silent = ['-f', 'lavfi', '-i', 'sine=duration=1', 'INPUT', '-map', '0:a', '-c:a', 'aac'];
    const broken: [string, Buffer, RegExp][] = [
      ['text.mp4', Buffer.from('This is no video.'.repeat(50)), /not an MP4 or MOV file/],
      ['empty.mp4', Buffer.alloc(0), /not an MP4 or MOV file/],
      ['sound.mp4', await clip(few, [silent]), /no video track/],
      ['asp.mp4', await clip(few, [['-c:v', 'mpeg4']]), /codec .* not read/],
      ['half.mp4', whole.subarray(0, whole.length * 0.6), /cut short/],
    ];
    for (const [name, bytes, message] of broken) {
      await put(name, bytes);
      const { JobId } = await detect(name);
      const answer = await detected(JobId);
      expect([name, answer.JobStatus, answer.Faces]).toEqual([name, 'FAILED', []]);
      expect(answer.StatusMessage).toMatch(message);
      expect(answer.VideoMetadata).toBeUndefined();
    }
  });
});
