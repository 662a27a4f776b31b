/** Who is suppressed stays out, whatever photograph they come in; who expires is found no more. */
import {
  CreateCollectionCommand,
  DeleteFacesCommand,
  IndexFacesCommand,
  ListFacesCommand,
  SearchFacesByImageCommand,
  TagResourceCommand,
} from '@aws-sdk/client-rekognition';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { callExtension } from '../../infra/commands/extensions/client.ts';
import { UPLOAD_BUCKET } from '../../infra/local/local-uploads.ts';
import { noFace, OTHERS, portrait, SAME_MAN, sample } from '../support/photos.ts';
import { failure, startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
beforeAll(async () => {
  vi.setConfig({ testTimeout: 120_000 });
  stack = await startStack();
});
afterAll(() => stack.stop());

const create = (CollectionId: string, Tags = {}) =>
  stack.rekognition.send(new CreateCollectionCommand({ CollectionId, Tags }));
const index = (CollectionId: string, Bytes: Buffer, ExternalImageId?: string) =>
  stack.rekognition.send(
    new IndexFacesCommand({
      CollectionId,
      Image: { Bytes },
      ExternalImageId,
      QualityFilter: 'NONE',
    }),
  );
const call = (name: string, input: object) => callExtension(stack.rekognition, name, input);
const suppress = (input: object) =>
  call('SuppressFaces', input) as Promise<{ SuppressionIds: string[]; FaceIdsNotFound: string[] }>;
const faceIds = async (CollectionId: string) =>
  (await stack.rekognition.send(new ListFacesCommand({ CollectionId }))).Faces!;

/** What becomes of a picture on its way: nothing, turned over, darker, and smaller as a JPEG. */
const OTHER_PHOTOGRAPHS: readonly ((picture: Sharp) => Sharp)[] = [
  (picture) => picture,
  (picture) => picture.flop(),
  (picture) => picture.modulate({ brightness: 0.7 }),
  (picture) => picture.resize(300).jpeg({ quality: 80 }),
];

it('a person stays out of 20 other photographs, and others come in', async () => {
  const CollectionId = 'people';
  await create(CollectionId);
  const { FaceRecords } = await index(CollectionId, await portrait(SAME_MAN[0]));
  const FaceIds = FaceRecords!.map(({ Face }) => Face!.FaceId!);
  await suppress({ CollectionId, FaceIds, By: ['VECTOR'] });
  await stack.rekognition.send(new DeleteFacesCommand({ CollectionId, FaceIds }));
  let photographs = 0;
  for (const cell of SAME_MAN.slice(1)) {
    for (const change of OTHER_PHOTOGRAPHS) {
      const answer = await index(
        CollectionId,
        await change(sharp(await portrait(cell))).toBuffer(),
      );
      expect(answer.FaceRecords).toEqual([]);
      expect(answer.UnindexedFaces).toMatchObject([{ Reasons: [] }]);
      expect(answer.UnindexedFaces![0]!.FaceDetail!.Confidence).toBeGreaterThan(90);
      photographs++;
    }
  }
  expect(photographs).toBe(20);
  for (const cell of OTHERS.slice(0, 2)) {
    expect((await index(CollectionId, await portrait(cell))).FaceRecords).toHaveLength(1);
  }
  const Key = `${CollectionId}/he.png`;
  const Body = await portrait(SAME_MAN[2]);
  await stack.s3.send(new PutObjectCommand({ Bucket: UPLOAD_BUCKET, Key, Body }));
  await stack.s3.send(
    new PutObjectCommand({
      Bucket: UPLOAD_BUCKET,
      Key: `${CollectionId}/she.png`,
      Body: await portrait(OTHERS[4]),
    }),
  );
  await expect.poll(async () => (await faceIds(CollectionId)).length, { timeout: 60_000 }).toBe(3);
  expect((await faceIds(CollectionId)).map(({ ExternalImageId }) => ExternalImageId)).toContain(
    'she.png',
  );
}, 180_000);

it('one of several takes no place of the others', async () => {
  const CollectionId = 'groups';
  await create(CollectionId);
  const first = await index(CollectionId, await sample(1));
  const [largest, ...others] = first.FaceRecords!.map(({ Face }) => Face!.FaceId!);
  await suppress({ CollectionId, FaceIds: [largest], By: ['VECTOR'], Similarity: 99 });
  await stack.rekognition.send(
    new DeleteFacesCommand({ CollectionId, FaceIds: [largest!, ...others] }),
  );
  const { FaceRecords, UnindexedFaces } = await stack.rekognition.send(
    new IndexFacesCommand({
      CollectionId,
      Image: { Bytes: await sample(1) },
      MaxFaces: 1,
      QualityFilter: 'NONE',
    }),
  );
  expect(FaceRecords!.map(({ Face }) => Face!.FaceId)).toEqual(others.slice(0, 1));
  expect(UnindexedFaces!.map(({ Reasons }) => Reasons)).toEqual([[], ['EXCEEDS_MAX_FACES']]);
});

it('a photograph and a name stay out until they are let in again', async () => {
  const CollectionId = 'names';
  await create(CollectionId);
  const [photograph, other] = [await portrait(OTHERS[0]), await portrait(OTHERS[1])];
  const { SuppressionIds } = await suppress({
    CollectionId,
    Image: { Bytes: photograph.toString('base64') },
    ExternalImageIds: ['zoe'],
  });
  expect(SuppressionIds).toHaveLength(2);
  expect((await index(CollectionId, photograph)).FaceRecords).toEqual([]);
  expect((await index(CollectionId, other, 'zoe')).FaceRecords).toEqual([]);
  expect((await index(CollectionId, other, 'ada')).FaceRecords).toHaveLength(1);
  expect(await call('ListSuppressions', { CollectionId })).toMatchObject({
    Suppressions: [
      { Kind: 'EXTERNAL_IMAGE_ID', CreationTimestamp: expect.any(Number) },
      { Kind: 'IMAGE' },
    ],
  });
  await call('DeleteSuppressions', { CollectionId, SuppressionIds });
  expect((await index(CollectionId, photograph)).FaceRecords).toHaveLength(1);
  expect(await call('ListSuppressions', { CollectionId })).toEqual({ Suppressions: [] });
});

it('what is wrong with a suppression is said, and changes nothing', async () => {
  const CollectionId = 'wrong';
  await create(CollectionId);
  const NOBODY = '00000000-0000-4000-8000-000000000000';
  expect(await suppress({ CollectionId, FaceIds: [NOBODY] })).toEqual({
    SuppressionIds: [],
    FaceIdsNotFound: [NOBODY],
  });
  expect(await failure(suppress({ CollectionId }))).toMatchObject({
    name: 'InvalidParameterException',
  });
  const Image = { Bytes: (await noFace()).toString('base64') };
  expect(await failure(suppress({ CollectionId, Image, By: ['VECTOR'] }))).toMatchObject({
    name: 'InvalidParameterException',
    message: 'There are no faces in the image. Should be at least 1.',
  });
  expect(await call('ListSuppressions', { CollectionId })).toEqual({ Suppressions: [] });
});

it('a time to keep faces must be a time, and is asked for by a tag', async () => {
  const bad = await failure(create('kept', { 'recollect:retention-days': 'ten' }));
  expect(bad).toMatchObject({
    name: 'InvalidParameterException',
    message: expect.stringContaining('a whole number of days from 1 to 36500, not "ten"'),
  });
  await create('kept', { 'recollect:retention-days': '30', 'recollect:retention-from': 'match' });
  const ResourceArn = 'arn:aws:rekognition:eu-central-1:000000000000:collection/kept';
  for (const Tags of [{ 'recollect:retention-days': '0' }, { 'recollect:retention-from': 'now' }]) {
    const refused = await failure(
      stack.rekognition.send(new TagResourceCommand({ ResourceArn, Tags })),
    );
    expect(refused.name).toBe('InvalidParameterException');
  }
  const image = await portrait(OTHERS[3]);
  await index('kept', image);
  const { FaceMatches } = await stack.rekognition.send(
    new SearchFacesByImageCommand({ CollectionId: 'kept', Image: { Bytes: image } }),
  );
  expect(FaceMatches).toHaveLength(1);
});
