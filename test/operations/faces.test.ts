/** Indexing, finding, listing and deleting faces, through the AWS SDK, with real photographs. */
import {
  CreateCollectionCommand,
  DeleteCollectionCommand,
  DeleteFacesCommand,
  DescribeCollectionCommand,
  IndexFacesCommand,
  type IndexFacesCommandInput,
  ListFacesCommand,
  paginateListFaces,
  SearchFacesByImageCommand,
  SearchFacesCommand,
} from '@aws-sdk/client-rekognition';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noFace, OTHERS, portrait, SAME_MAN, sample } from '../support/photos.ts';
import { failure, startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const create = (CollectionId: string) =>
  stack.rekognition.send(new CreateCollectionCommand({ CollectionId }));
const index = (CollectionId: string, Bytes: Buffer, more: Partial<IndexFacesCommandInput> = {}) =>
  stack.rekognition.send(new IndexFacesCommand({ CollectionId, Image: { Bytes }, ...more }));
const faceCount = async (CollectionId: string) =>
  (await stack.rekognition.send(new DescribeCollectionCommand({ CollectionId }))).FaceCount;
const searchByImage = (CollectionId: string, Bytes: Buffer, FaceMatchThreshold = 80) =>
  stack.rekognition.send(
    new SearchFacesByImageCommand({ CollectionId, Image: { Bytes }, FaceMatchThreshold }),
  );

describe('finding people', () => {
  beforeAll(async () => {
    await create('people');
    for (const [i, cell] of SAME_MAN.slice(0, 5).entries()) {
      await index('people', await portrait(cell), {
        ExternalImageId: `man:${i}`,
        QualityFilter: 'NONE',
      });
    }
    for (const [i, cell] of OTHERS.entries()) {
      await index('people', await portrait(cell), {
        ExternalImageId: `other:${i}`,
        QualityFilter: 'NONE',
      });
    }
  });

  it('finds a man in a photograph that was not indexed, and nobody else', async () => {
    const found = await searchByImage('people', await portrait(SAME_MAN[5]));
    const names = found.FaceMatches!.map(({ Face }) => Face!.ExternalImageId!);
    expect(names.length).toBeGreaterThanOrEqual(4);
    expect(names.every((name) => name.startsWith('man:'))).toBe(true);
    expect(found.FaceModelVersion).toBe('1.0');
    expect(found.SearchedFaceConfidence).toBeGreaterThan(90);
    expect(found.SearchedFaceBoundingBox!.Width).toBeGreaterThan(0.2);
  });

  it('orders matches by similarity, keeps to MaxFaces and to the threshold', async () => {
    const all = await searchByImage('people', await portrait(SAME_MAN[5]), 0);
    const similarities = all.FaceMatches!.map(({ Similarity }) => Similarity!);
    expect(similarities).toHaveLength(11);
    expect(similarities).toEqual([...similarities].sort((a, b) => b - a));
    expect(similarities.every((value) => value >= 0 && value <= 100)).toBe(true);
    const third = similarities[2]!;
    const above = await searchByImage('people', await portrait(SAME_MAN[5]), third);
    expect(above.FaceMatches).toEqual(all.FaceMatches!.slice(0, 3));
    const two = await stack.rekognition.send(
      new SearchFacesByImageCommand({
        CollectionId: 'people',
        Image: { Bytes: await portrait(SAME_MAN[5]) },
        FaceMatchThreshold: 0,
        MaxFaces: 2,
      }),
    );
    expect(two.FaceMatches).toEqual(all.FaceMatches!.slice(0, 2));
  });

  it('searches with a stored face, leaving that one out', async () => {
    const [face] = (
      await index('people', await portrait(SAME_MAN[0]), {
        ExternalImageId: 'man:0',
        QualityFilter: 'NONE',
      })
    ).FaceRecords!;
    const FaceId = face!.Face!.FaceId!;
    const found = await stack.rekognition.send(
      new SearchFacesCommand({ CollectionId: 'people', FaceId }),
    );
    expect(found.SearchedFaceId).toBe(FaceId);
    const names = found.FaceMatches!.map(({ Face }) => Face!.ExternalImageId);
    expect(names).not.toContain('man:0');
    expect(names.length).toBeGreaterThanOrEqual(3);
  });

  it('says that it does not know a face id, in the words that clients compare', async () => {
    const FaceId = '00000000-0000-4000-8000-000000000000';
    const call = stack.rekognition.send(new SearchFacesCommand({ CollectionId: 'people', FaceId }));
    expect(await failure(call)).toEqual({
      name: 'InvalidParameterException',
      message: 'faceId was not found in the collection.',
      status: 400,
    });
  });

  it('says that there is no face, in the words that clients compare', async () => {
    expect(await failure(searchByImage('people', await noFace()))).toEqual({
      name: 'InvalidParameterException',
      message: 'There are no faces in the image. Should be at least 1.',
      status: 400,
    });
  });
});

describe('IndexFaces', () => {
  it('describes every face, the largest first, with the default attributes', async () => {
    await create('described');
    const { FaceRecords, UnindexedFaces, FaceModelVersion } = await index(
      'described',
      await sample(6),
      { ExternalImageId: 'a:b-c_d.e' },
    );
    expect(FaceModelVersion).toBe('1.0');
    expect(FaceRecords).toHaveLength(4);
    expect(UnindexedFaces).toEqual([]);
    const areas = FaceRecords!.map(
      ({ Face }) => Face!.BoundingBox!.Width! * Face!.BoundingBox!.Height!,
    );
    expect(areas).toEqual([...areas].sort((a, b) => b - a));
    for (const { Face, FaceDetail } of FaceRecords!) {
      expect(Object.keys(FaceDetail!).sort()).toEqual([
        'BoundingBox',
        'Confidence',
        'Landmarks',
        'Pose',
        'Quality',
      ]);
      expect(FaceDetail!.Landmarks!.map(({ Type }) => Type).sort()).toEqual([
        'eyeLeft',
        'eyeRight',
        'mouthLeft',
        'mouthRight',
        'nose',
      ]);
      expect(Face).toMatchObject({
        ExternalImageId: 'a:b-c_d.e',
        IndexFacesModelVersion: '1.0',
        ImageId: FaceRecords![0]!.Face!.ImageId,
      });
      expect(Face!.FaceId).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
      const { Left, Top, Width, Height } = Face!.BoundingBox!;
      for (const { X, Y } of FaceDetail!.Landmarks!) {
        expect(X).toBeGreaterThan(Left!);
        expect(X).toBeLessThan(Left! + Width!);
        expect(Y).toBeGreaterThan(Top!);
        expect(Y).toBeLessThan(Top! + Height!);
      }
    }
  });

  it('stores a photograph once, however often and however many at once it is indexed', async () => {
    await create('once');
    const photo = await sample(3);
    const first = await index('once', photo, { ExternalImageId: 'x' });
    const again = await Promise.all(
      Array.from({ length: 5 }, () => index('once', photo, { ExternalImageId: 'x' })),
    );
    for (const { FaceRecords } of again) expect(FaceRecords).toEqual(first.FaceRecords);
    expect(await faceCount('once')).toBe(3);
    const other = await index('once', photo, { ExternalImageId: 'y' });
    expect(other.FaceRecords![0]!.Face!.ImageId).toBe(first.FaceRecords![0]!.Face!.ImageId);
    expect(await faceCount('once')).toBe(6);
  });

  it('stores it once also when the first calls of all come at once', async () => {
    await create('at-once');
    const photo = await sample(4);
    const answers = await Promise.all(Array.from({ length: 5 }, () => index('at-once', photo)));
    const ids = answers.map(({ FaceRecords }) => FaceRecords!.map(({ Face }) => Face!.FaceId));
    expect(new Set(ids.map((each) => each.join())).size).toBe(1);
    expect(await faceCount('at-once')).toBe(ids[0]!.length);
    const { Faces } = await stack.rekognition.send(
      new ListFacesCommand({ CollectionId: 'at-once' }),
    );
    expect(Faces!.map(({ FaceId }) => FaceId).sort()).toEqual([...ids[0]!].sort());
  });

  it('gives the same face the same id in two collections', async () => {
    await Promise.all([create('one'), create('two')]);
    const [a, b] = await Promise.all([
      index('one', await sample(5)),
      index('two', await sample(5)),
    ]);
    expect(a.FaceRecords).toEqual(b.FaceRecords);
  });

  it('keeps to MaxFaces and says what it left out and why', async () => {
    await create('max');
    const { FaceRecords, UnindexedFaces } = await index('max', await sample(5), {
      MaxFaces: 2,
      QualityFilter: 'NONE',
    });
    expect(FaceRecords).toHaveLength(2);
    expect(UnindexedFaces!.length).toBe(3);
    for (const { Reasons, FaceDetail } of UnindexedFaces!) {
      expect(Reasons).toEqual(['EXCEEDS_MAX_FACES']);
      expect(FaceDetail!.BoundingBox).toBeDefined();
    }
    expect(await faceCount('max')).toBe(2);
  });

  it('leaves out what the quality filter refuses, with reasons', async () => {
    await create('quality');
    const strict = await index('quality', await sample(2), { QualityFilter: 'HIGH' });
    const loose = await index('quality', await sample(2), { QualityFilter: 'NONE' });
    expect(loose.UnindexedFaces).toEqual([]);
    expect(strict.UnindexedFaces!.length).toBeGreaterThan(0);
    expect(strict.FaceRecords!.length + strict.UnindexedFaces!.length).toBe(
      loose.FaceRecords!.length,
    );
    for (const { Reasons } of strict.UnindexedFaces!) {
      expect(Reasons!.length).toBeGreaterThan(0);
      expect(Reasons).not.toContain('EXCEEDS_MAX_FACES');
    }
  });

  it('answers a photograph without faces with empty lists', async () => {
    await create('empty');
    const { FaceRecords, UnindexedFaces } = await index('empty', await noFace());
    expect([FaceRecords, UnindexedFaces]).toEqual([[], []]);
    expect(await faceCount('empty')).toBe(0);
  });

  it('reads photographs from S3, by their version too', async () => {
    await create('from-s3');
    await stack.s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
    const Body = await sample(3);
    await stack.s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'a b/ü.jpg', Body }));
    const S3Object = { Bucket: 'photos', Name: 'a b/ü.jpg' };
    const fromS3 = await stack.rekognition.send(
      new IndexFacesCommand({ CollectionId: 'from-s3', Image: { S3Object } }),
    );
    expect(fromS3.FaceRecords).toEqual((await index('from-s3', Body)).FaceRecords);
    const versioned = stack.rekognition.send(
      new IndexFacesCommand({
        CollectionId: 'from-s3',
        Image: { S3Object: { ...S3Object, Version: 'v9' } },
      }),
    );
    expect(await failure(versioned)).toMatchObject({
      name: 'InvalidS3ObjectException',
      message:
        'Unable to get object metadata from S3. Check object key, region and/or access permissions.',
    });
  });
});

describe('ListFaces', () => {
  let ids: string[];
  beforeAll(async () => {
    await create('listed');
    await index('listed', await sample(5));
    await index('listed', await sample(6));
    const { Faces } = await stack.rekognition.send(
      new ListFacesCommand({ CollectionId: 'listed' }),
    );
    ids = Faces!.map(({ FaceId }) => FaceId!);
  });

  it('lists in the order of ids, page by page', async () => {
    expect(ids).toHaveLength(9);
    expect(ids).toEqual([...ids].sort());
    const pages: string[][] = [];
    const paginator = paginateListFaces(
      { client: stack.rekognition, pageSize: 4 },
      { CollectionId: 'listed' },
    );
    for await (const { Faces } of paginator) pages.push(Faces!.map(({ FaceId }) => FaceId!));
    expect(pages.map(({ length }) => length)).toEqual([4, 4, 1]);
    expect(pages.flat()).toEqual(ids);
  });

  it('lists chosen faces; ids that are unknown give nothing', async () => {
    const FaceIds = [ids[3]!, '00000000-0000-4000-8000-000000000000', ids[1]!, ids[3]!];
    const { Faces, NextToken } = await stack.rekognition.send(
      new ListFacesCommand({ CollectionId: 'listed', FaceIds }),
    );
    expect(Faces!.map(({ FaceId }) => FaceId)).toEqual([ids[1], ids[3]]);
    expect(NextToken).toBeUndefined();
  });

  it('lists nothing for a user without faces', async () => {
    const { Faces } = await stack.rekognition.send(
      new ListFacesCommand({ CollectionId: 'listed', UserId: 'nobody' }),
    );
    expect(Faces).toEqual([]);
  });

  it('refuses the token of another collection', async () => {
    await create('another');
    const { NextToken } = await stack.rekognition.send(
      new ListFacesCommand({ CollectionId: 'listed', MaxResults: 1 }),
    );
    const call = stack.rekognition.send(
      new ListFacesCommand({ CollectionId: 'another', NextToken }),
    );
    expect((await failure(call)).name).toBe('InvalidPaginationTokenException');
  });
});

describe('DeleteFaces', () => {
  it('deletes what there is, says what there is not, and no search finds it', async () => {
    await create('deleting');
    const { FaceRecords } = await index('deleting', await sample(3));
    const [first, second] = FaceRecords!.map(({ Face }) => Face!.FaceId!);
    const unknown = '00000000-0000-4000-8000-000000000000';
    const FaceIds = [first!, unknown, first!];
    const answer = await stack.rekognition.send(
      new DeleteFacesCommand({ CollectionId: 'deleting', FaceIds }),
    );
    expect(answer.DeletedFaces).toEqual([first]);
    expect(answer.UnsuccessfulFaceDeletions).toEqual([
      { FaceId: unknown, Reasons: ['FACE_NOT_FOUND'] },
    ]);
    expect(await faceCount('deleting')).toBe(2);
    const { FaceMatches } = await stack.rekognition.send(
      new SearchFacesCommand({ CollectionId: 'deleting', FaceId: second!, FaceMatchThreshold: 0 }),
    );
    expect(FaceMatches!.map(({ Face }) => Face!.FaceId)).not.toContain(first);
    expect(FaceMatches).toHaveLength(1);
    const again = await index('deleting', await sample(3));
    expect(again.FaceRecords![0]!.Face!.FaceId).toBe(first);
    expect(await faceCount('deleting')).toBe(3);
  });
});

describe('a collection that is deleted', () => {
  it('shares nothing with one of the same id that comes after', async () => {
    await create('reborn');
    await index('reborn', await sample(1));
    await stack.rekognition.send(new DeleteCollectionCommand({ CollectionId: 'reborn' }));
    expect(await failure(index('reborn', await sample(1)))).toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'The collection id: reborn does not exist',
    });
    await create('reborn');
    expect(await faceCount('reborn')).toBe(0);
    expect((await searchByImage('reborn', await sample(1), 0)).FaceMatches).toEqual([]);
  });
});
