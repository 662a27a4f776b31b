/** A collection gets another face model: as a command, over HTTP and signed; from a folder, and from a bucket. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AssociateFacesCommand,
  CreateCollectionCommand,
  CreateUserCommand,
  DescribeCollectionCommand,
  IndexFacesCommand,
  SearchFacesByImageCommand,
  SearchUsersByImageCommand,
} from '@aws-sdk/client-rekognition';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { callExtension } from '../../infra/commands/extensions/client.ts';
import { OTHERS, portrait, SAME_MAN } from '../support/photos.ts';
import { ran } from '../support/recollect.ts';
import { installSecondModel, SECOND } from '../support/second-model.ts';
import { startStack, type TestStack } from '../support/stack.ts';

/** By name: who is in a photograph, and which cell it is. */
interface Shown {
  readonly user: string;
  readonly cell: Parameters<typeof portrait>[0];
}
const PHOTOGRAPHS = new Map<string, Shown>([
  ...SAME_MAN.slice(0, 3).map((cell, i) => [`man-${i}.png`, { user: 'man', cell }] as const),
  ...OTHERS.slice(0, 2).map((cell, i) => [`other-${i}.png`, { user: `other-${i}`, cell }] as const),
]);

let stack: TestStack;
let data: string;
let folder: string;
let missing: string;
beforeAll(async () => {
  vi.setConfig({ testTimeout: 120_000 });
  data = await mkdtemp(path.join(tmpdir(), 'recollect-upgrade-'));
  await installSecondModel(data);
  stack = await startStack({ data, threads: 1 });
  folder = path.join(data, 'photographs');
  await mkdir(path.join(folder, 'deeper'), { recursive: true });
  for (const [name, { cell }] of PHOTOGRAPHS) {
    const at = name === 'man-1.png' ? 'deeper/renamed.png' : name;
    await writeFile(path.join(folder, at), await portrait(cell));
  }
  missing = path.join(data, 'fewer');
  await mkdir(missing);
  await writeFile(path.join(missing, 'a.png'), await portrait(SAME_MAN[0]));
  await writeFile(path.join(missing, 'b.png'), 'no picture');
}, 120_000);
afterAll(async () => {
  await stack.stop();
  await rm(data, { recursive: true, force: true });
});

async function enrol(CollectionId: string): Promise<void> {
  const { rekognition } = stack;
  await rekognition.send(new CreateCollectionCommand({ CollectionId }));
  const users = new Set<string>();
  for (const [name, { user, cell }] of PHOTOGRAPHS) {
    const { FaceRecords } = await rekognition.send(
      new IndexFacesCommand({
        CollectionId,
        Image: { Bytes: await portrait(cell) },
        ExternalImageId: name,
        QualityFilter: 'NONE',
      }),
    );
    const FaceIds = [FaceRecords![0]!.Face!.FaceId!];
    const UserId = user;
    if (!users.has(user)) await rekognition.send(new CreateUserCommand({ CollectionId, UserId }));
    users.add(user);
    await rekognition.send(
      new AssociateFacesCommand({ CollectionId, UserId, FaceIds, UserMatchThreshold: 0 }),
    );
  }
}

/** Whom another photograph of the man finds, and what answers. */
const identified = async (CollectionId: string) => {
  const { UserMatches, FaceModelVersion } = await stack.rekognition.send(
    new SearchUsersByImageCommand({
      CollectionId,
      Image: { Bytes: await portrait(SAME_MAN[4]) },
      UserMatchThreshold: 60,
    }),
  );
  const [match] = UserMatches!;
  return { user: match?.User?.UserId, similarity: match?.Similarity, model: FaceModelVersion };
};
const upgrade = (CollectionId: string, ...args: string[]) =>
  ran(['upgrade-collection', '--collection-id', CollectionId, ...args], {
    AWS_ENDPOINT_URL_REKOGNITION: stack.endpoint,
    AWS_ENDPOINT_URL_S3: stack.s3Endpoint,
  });
const to = ['--face-model-version', SECOND];
const model = async (CollectionId: string) =>
  (await stack.rekognition.send(new DescribeCollectionCommand({ CollectionId }))).FaceModelVersion;

it('from a folder, in two steps, and identifies whom it identified', async () => {
  const CollectionId = 'folder';
  await enrol(CollectionId);
  const before = await identified(CollectionId);
  expect(before).toMatchObject({ user: 'man', model: '1.0' });
  expect(await upgrade(CollectionId, ...to, '--from', folder)).toEqual({
    code: 0,
    said: '',
    printed:
      '5 faces got new vectors.\nReady. folder still has the face model 1.0; --commit switches, --abort takes back.',
  });
  expect(await identified(CollectionId)).toEqual(before);
  expect(await upgrade(CollectionId, '--commit')).toMatchObject({
    code: 0,
    printed: expect.stringMatching(/folder has the face model two\.$/),
  });
  const after = await identified(CollectionId);
  expect(after).toMatchObject({ user: 'man', model: SECOND });
  expect(after.similarity).toBeCloseTo(before.similarity!, 1);
  expect(await upgrade(CollectionId, ...to, '--commit')).toMatchObject({
    code: 0,
    said: 'folder was upgraded to the face model two already.',
  });
});

it('from other copies in a bucket that a template names', async () => {
  const CollectionId = 'bucket';
  await enrol(CollectionId);
  await stack.s3.send(new CreateBucketCommand({ Bucket: 'copies' }));
  for (const [name, { cell }] of PHOTOGRAPHS) {
    const Body = await sharp(await portrait(cell))
      .jpeg({ quality: 95 })
      .toBuffer();
    await stack.s3.send(new PutObjectCommand({ Bucket: 'copies', Key: `all/${name}.jpg`, Body }));
  }
  const template = ['--template', '{ExternalImageId}.jpg'];
  const { code, printed, said } = await upgrade(
    CollectionId,
    ...to,
    ...['--from', 's3://copies/all', ...template, '--commit', '--json'],
  );
  expect({ code, said }).toEqual({ code: 0, said: '' });
  expect(JSON.parse(printed)).toMatchObject({
    FaceModelVersion: SECOND,
    Upgrade: { Outcome: 'COMMITTED', State: 'CLEARING' },
    photographs: 5,
    embedded: 5,
    unused: [],
    missing: [],
  });
  expect(await identified(CollectionId)).toMatchObject({ user: 'man', model: SECOND });
});

it('from the objects of a bucket that were indexed, known by their bytes', async () => {
  const CollectionId = 'originals';
  await enrol(CollectionId);
  await stack.s3.send(new CreateBucketCommand({ Bucket: 'originals' }));
  for (const [i, { cell }] of [...PHOTOGRAPHS.values()].entries()) {
    const object = { Bucket: 'originals', Key: `${i}.png`, Body: await portrait(cell) };
    await stack.s3.send(new PutObjectCommand(object));
  }
  const { code, printed } = await upgrade(CollectionId, ...to, '--from', 's3://originals');
  expect({ code, printed }).toMatchObject({ code: 0, printed: expect.stringMatching(/^5 faces/) });
});

it('names the faces without a photograph, drops them only when told, and can be taken back', async () => {
  const CollectionId = 'missing';
  await enrol(CollectionId);
  const refused = await upgrade(CollectionId, ...to, '--from', missing, '--commit');
  expect(refused).toMatchObject({
    code: 1,
    printed: expect.stringMatching(
      /^1 faces got new vectors\.\n4 faces found no photograph, and 2 users have no other:\n {2}[0-9a-f-]{36} \S+\.png\n/,
    ),
  });
  expect(await model(CollectionId)).toBe('1.0');
  expect(await upgrade(CollectionId, '--abort')).toMatchObject({
    code: 0,
    printed: 'missing keeps the face model 1.0; nothing is left of the upgrade.',
  });
  expect(await identified(CollectionId)).toMatchObject({ user: 'man', model: '1.0' });
  const dropped = await upgrade(
    CollectionId,
    ...[...to, '--from', missing, '--missing', 'drop', '--commit'],
  );
  expect(dropped).toMatchObject({ code: 0 });
  expect(await identified(CollectionId)).toMatchObject({ user: 'man', model: SECOND });
});

it('keeps the faces without a photograph searchable, until they find one', async () => {
  const CollectionId = 'kept';
  await enrol(CollectionId);
  const kept = [...to, '--from', missing, '--missing', 'keep', '--commit'];
  const { code, printed } = await upgrade(CollectionId, ...kept);
  expect(code).toBe(0);
  expect(printed).toMatch(/^1 faces got new vectors\.\n4 faces found no photograph:\n/);
  expect(printed).toMatch(
    /kept has the face model two\.\n4 faces go on answering in the face model 1\.0; --from gives them/,
  );
  expect(await model(CollectionId)).toBe(SECOND);
  const found = async (cell: Shown['cell']) => {
    const { FaceMatches } = await stack.rekognition.send(
      new SearchFacesByImageCommand({
        CollectionId,
        Image: { Bytes: await portrait(cell) },
        FaceMatchThreshold: 60,
      }),
    );
    return FaceMatches!.map(({ Face }) => [Face?.ExternalImageId, Face?.IndexFacesModelVersion]);
  };
  expect((await found(SAME_MAN[0])).sort()).toEqual([
    ['man-0.png', SECOND],
    ['man-1.png', '1.0'],
    ['man-2.png', '1.0'],
  ]);
  expect(await found(OTHERS[0])).toEqual([['other-0.png', '1.0']]);
  expect(await identified(CollectionId)).toMatchObject({ user: 'man', model: SECOND });
  expect(await upgrade(CollectionId, '--from', folder)).toMatchObject({
    code: 0,
    printed: '4 faces got new vectors.\nkept has the face model two.',
  });
  expect(await found(OTHERS[0])).toEqual([['other-0.png', SECOND]]);
  expect(await identified(CollectionId)).toMatchObject({ user: 'man', model: SECOND });
});

it('over plain HTTP and as a signed call, and says what to do', async () => {
  const CollectionId = 'calls';
  await stack.rekognition.send(new CreateCollectionCommand({ CollectionId }));
  const call = (input: object) =>
    callExtension(stack.rekognition, 'UpgradeCollection', { CollectionId, ...input });
  expect(await call({ Action: 'BEGIN', FaceModelVersion: SECOND })).toMatchObject({
    FaceModelVersion: '1.0',
    Upgrade: { FaceModelVersion: SECOND, State: 'FACES', StartTimestamp: expect.any(Number) },
  });
  const response = await fetch(`${stack.endpoint}/UpgradeCollection`, {
    method: 'POST',
    body: JSON.stringify({ CollectionId, Action: 'PREPARE' }),
  });
  expect(await response.json()).toMatchObject({
    Upgrade: { State: 'READY', FacesWithoutVector: 0, UsersWithoutVector: 0 },
  });
  await expect(call({ Action: 'BEGIN', FaceModelVersion: '9.9' })).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: 'The face model 9.9 is not installed; there are 1.0, two.',
  });
  await call({ Action: 'COMMIT' });
  await expect(call({ Action: 'ABORT' })).rejects.toMatchObject({ name: 'ConflictException' });
  expect(await upgrade('nowhere')).toMatchObject({
    code: 1,
    said: expect.stringContaining('The collection id: nowhere does not exist'),
  });
});
