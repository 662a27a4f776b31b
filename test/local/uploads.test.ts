/** Photographs put into the upload bucket of a server on this machine, with the SDKs that people use. */
import {
  AssociateFacesCommand,
  CreateCollectionCommand,
  CreateUserCommand,
  ListFacesCommand,
  SearchFacesByImageCommand,
  SearchUsersCommand,
} from '@aws-sdk/client-rekognition';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nameOf } from '../../functions/common/external-ids.ts';
import type { Outcome } from '../../functions/uploads/outcome.ts';
import { DeadLetters } from '../../infra/commands/redrive/letters.ts';
import {
  describe as described,
  redrive as redriven,
} from '../../infra/commands/redrive/redrive.ts';
import { DEAD_UPLOAD_QUEUE, UPLOAD_QUEUE } from '../../infra/local/upload-queues.ts';
import { noFace, OTHERS, portrait, SAME_MAN } from '../support/photos.ts';
import { startStack, type TestStack } from '../support/stack.ts';

const Bucket = 'recollect-uploads';

/** The origin of a page that was asked in. */
const PAGE = 'http://app.test';

let stack: TestStack;
let sqs: SQSClient;
beforeAll(async () => {
  stack = await startStack({ corsOrigins: [PAGE] });
  sqs = new SQSClient({
    endpoint: stack.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await stack.rekognition.send(new CreateCollectionCommand({ CollectionId: 'family' }));
  await stack.rekognition.send(
    new CreateCollectionCommand({
      CollectionId: 'mirror',
      Tags: { 'recollect:uploads': 'mirror' },
    }),
  );
});
afterAll(async () => {
  sqs.destroy();
  await stack.stop();
});

const put = (Key: string, Body: Buffer | string, Metadata: Record<string, string> = {}) =>
  stack.s3.send(new PutObjectCommand({ Bucket, Key, Body, Metadata }));

/** Every outcome so far, as `curl` gets them. */
async function outcomes(): Promise<Outcome[]> {
  const gone = new AbortController();
  const response = await fetch(`${stack.endpoint}/events?from=start`, { signal: gone.signal });
  let text = '';
  try {
    setTimeout(() => gone.abort(), 100);
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).detail);
}

/** The only outcome of a key, when it is there. */
async function outcomeOf(key: string): Promise<Outcome | undefined> {
  const of = async () => (await outcomes()).filter(({ Key }) => Key === key);
  await expect.poll(async () => (await of()).length, { timeout: 20_000 }).toBeGreaterThan(0);
  const all = await of();
  expect(all).toHaveLength(1);
  return all[0];
}

const idsIn = async (CollectionId: string) => {
  const { Faces = [] } = await stack.rekognition.send(new ListFacesCommand({ CollectionId }));
  return Faces.map(({ ExternalImageId }) => ExternalImageId ?? '');
};

const letters = () =>
  DeadLetters.open(sqs, { uploads: UPLOAD_QUEUE, deadLetters: DEAD_UPLOAD_QUEUE });
const redrive = async (action: 'list' | 'send' = 'list', ...ids: string[]) => {
  const request = { action, choice: { all: ids.length === 0, reasons: [], ids } };
  const signal = new AbortController().signal;
  return described(request, await redriven(request, await letters(), signal));
};

describe('a photograph that is put into the bucket', () => {
  it.each([
    'family/plain.jpg',
    'family/2024/summer/with space.jpg',
    'family/März & 写真+100%.jpg',
    "family/a'b(c)!~*=;:@,.png",
  ])('is searchable, whatever its key: %s', async (key) => {
    await put(key, await portrait(SAME_MAN[0]));
    const outcome = await outcomeOf(key);
    expect(outcome).toMatchObject({ Status: 'INDEXED', CollectionId: 'family' });
    const { FaceMatches = [] } = await stack.rekognition.send(
      new SearchFacesByImageCommand({
        CollectionId: 'family',
        Image: { Bytes: await portrait(SAME_MAN[1]) },
      }),
    );
    const names = FaceMatches.map(({ Face }) => nameOf(Face?.ExternalImageId ?? ''));
    expect(names).toContain(key.slice('family/'.length));
  });

  it('may come from the form of a web page that was asked in, and from no other', async () => {
    const photo = new Blob([await portrait(SAME_MAN[0])]);
    const upload = async (Key: string, origin: string) => {
      const { url, fields } = await createPresignedPost(stack.s3, {
        Bucket,
        Key,
        Fields: { 'x-amz-meta-external-image-id': 'by-form' },
        Conditions: [['content-length-range', 1, 5_000_000]],
      });
      const body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.append(name, value);
      body.append('file', photo, 'portrait.jpg');
      return fetch(url, { method: 'POST', body, headers: { origin } });
    };
    expect((await upload('family/foreign.jpg', 'http://elsewhere.test')).status).toBe(403);
    const response = await upload('family/form.jpg', PAGE);
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(await outcomeOf('family/form.jpg')).toMatchObject({
      Status: 'INDEXED',
      CollectionId: 'family',
      ExternalImageId: 'by-form',
    });
    const all = await outcomes();
    expect(all.filter(({ Key }) => Key === 'family/foreign.jpg')).toEqual([]);
  });

  it('may say under which id, and whose face it is', async () => {
    const metadata = { 'external-image-id': 'archive:7', 'user-id': 'ann', 'max-faces': '1' };
    await put('family/user.jpg', await portrait(OTHERS[0]), metadata);
    const outcome = await outcomeOf('family/user.jpg');
    const FaceId = outcome?.FaceRecords?.[0]?.Face.FaceId;
    expect(outcome).toMatchObject({
      ExternalImageId: 'archive:7',
      User: { UserId: 'ann', AssociatedFaces: [{ FaceId }], UnsuccessfulFaceAssociations: [] },
    });
    const { UserMatches = [] } = await stack.rekognition.send(
      new SearchUsersCommand({ CollectionId: 'family', FaceId }),
    );
    expect(UserMatches.map(({ User }) => User?.UserId)).toContain('ann');
  });

  it('keeps its faces if they do not resemble the user, and says why they are not theirs', async () => {
    await put('family/other.jpg', await portrait(OTHERS[1]), { 'user-id': 'ann' });
    expect(await outcomeOf('family/other.jpg')).toMatchObject({
      Status: 'INDEXED',
      User: {
        UserId: 'ann',
        AssociatedFaces: [],
        UnsuccessfulFaceAssociations: [{ Reasons: ['LOW_MATCH_CONFIDENCE'] }],
      },
    });
  });

  it('without a face has its outcome', async () => {
    await put('family/landscape.jpg', await noFace());
    expect(await outcomeOf('family/landscape.jpg')).toMatchObject({ Status: 'NO_FACES' });
  });
});

describe('what cannot be indexed', () => {
  it.each([
    ['family/notes.txt', 'no photograph', {}, 'InvalidImageFormatException'],
    ['family/empty.jpg', '', {}, 'InvalidImageFormatException'],
    ['family/huge.jpg', Buffer.alloc(15 * 1024 * 1024 + 1), {}, 'ImageTooLargeException'],
    ['family/odd.jpg', 'x', { 'max-faces': 'all' }, 'InvalidMetadata'],
    ['nobody/a.jpg', 'x', {}, 'ResourceNotFoundException'],
    ['lost.jpg', 'x', {}, 'InvalidKey'],
    ['not an id/a.jpg', 'x', {}, 'InvalidKey'],
  ] as const)('goes to the dead letters with its reason: %s', async (key, body, metadata, code) => {
    await put(key, body, metadata);
    expect(await outcomeOf(key)).toMatchObject({ Status: 'REJECTED', Reason: { Code: code } });
    const shown = await redrive();
    expect(shown).toMatch(
      new RegExp(`recollect-uploads/${key.replace('/', '\\/')}\\n +${code}: \\w`),
    );
  });

  it('is tried again when somebody says so', async () => {
    await put('later/a.jpg', await portrait(SAME_MAN[2]));
    await outcomeOf('later/a.jpg');
    await stack.rekognition.send(new CreateCollectionCommand({ CollectionId: 'later' }));
    const id = /^(\w{8}).*recollect-uploads\/later\/a\.jpg$/m.exec(await redrive())?.[1] ?? '';
    expect(await redrive('send', id)).toMatch(/^1 sent again, \d+ left/);
    await expect.poll(() => idsIn('later'), { timeout: 20_000 }).toEqual(['a.jpg']);
    expect(await redrive()).not.toContain('later/a.jpg');
  });
});

describe('a collection that mirrors its folder', () => {
  it('loses the faces of what is overwritten or deleted, but not those of users', async () => {
    await put('mirror/a.jpg', await portrait(SAME_MAN[0]));
    await put('mirror/b.jpg', await portrait(OTHERS[2]));
    const kept = await outcomeOf('mirror/b.jpg');
    const FaceIds = kept?.FaceRecords?.map(({ Face }) => Face.FaceId ?? '') ?? [];
    await stack.rekognition.send(new CreateUserCommand({ CollectionId: 'mirror', UserId: 'bob' }));
    await stack.rekognition.send(
      new AssociateFacesCommand({ CollectionId: 'mirror', UserId: 'bob', FaceIds }),
    );
    await put('mirror/a.jpg', await portrait(OTHERS[3]));
    const replaced = async () =>
      (await outcomes()).filter(
        ({ Key, Status }) => Key === 'mirror/a.jpg' && Status === 'INDEXED',
      );
    await expect.poll(async () => (await replaced()).length, { timeout: 20_000 }).toBe(2);
    expect((await replaced())[1]?.DeletedFaces).toEqual([
      (await replaced())[0]?.FaceRecords?.[0]?.Face.FaceId,
    ]);
    await stack.s3.send(new DeleteObjectCommand({ Bucket, Key: 'mirror/a.jpg' }));
    await stack.s3.send(new DeleteObjectCommand({ Bucket, Key: 'mirror/b.jpg' }));
    await expect.poll(() => idsIn('mirror'), { timeout: 20_000 }).toEqual(['b.jpg']);
    const removed = async () => (await outcomes()).filter(({ Status }) => Status === 'REMOVED');
    await expect.poll(async () => (await removed()).length, { timeout: 20_000 }).toBe(2);
    expect((await removed()).find(({ Key }) => Key === 'mirror/b.jpg')).toMatchObject({
      DeletedFaces: [],
      UnsuccessfulFaceDeletions: [
        { FaceId: FaceIds[0], UserId: 'bob', Reasons: ['ASSOCIATED_TO_AN_EXISTING_USER'] },
      ],
    });
  });
});
