/** What becomes of an object: its faces, its outcome, and what is done with it. */
import { describe, expect, it } from 'vitest';
import { rejectionOf } from '../../functions/uploads/rejection.ts';
import { World } from './fixture.ts';

/** Why an event is rejected. */
async function reason(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    const rejection = rejectionOf(error);
    if (rejection === undefined) throw error;
    return rejection.Code;
  }
  throw new Error('It was not rejected.');
}

describe('an object', () => {
  it('is indexed under its key, and one outcome says so', async () => {
    const world = new World();
    world.create('family');
    const outcome = await world.uploads.follow(world.put('family/2024/März 1.jpg', 'ann bob'));
    expect(outcome).toMatchObject({
      Status: 'INDEXED',
      Bucket: 'uploads',
      Key: 'family/2024/März 1.jpg',
      CollectionId: 'family',
      ExternalImageId: '2024::M:C3:A4rz:201.jpg',
      FaceModelVersion: '1.0',
      Size: 7,
    });
    expect(outcome?.FaceRecords).toHaveLength(2);
    expect(outcome?.FaceRecords?.[0]?.Face.ExternalImageId).toBe('2024::M:C3:A4rz:201.jpg');
    expect(world.words('family')).toHaveLength(2);
    expect(world.outcomes).toEqual([outcome]);
  });

  it('without faces has an outcome too', async () => {
    const world = new World();
    world.create('family');
    expect(await world.uploads.follow(world.put('family/sea.jpg', ''))).toMatchObject({
      Status: 'NO_FACES',
      FaceRecords: [],
      UnindexedFaces: [],
    });
  });

  it('may say itself how it is to be indexed', async () => {
    const world = new World();
    world.create('family');
    const event = world.put('family/a.jpg', 'ann bob cat', {
      'external-image-id': 'wedding:7',
      'max-faces': '2',
      'quality-filter': 'NONE',
    });
    const outcome = await world.uploads.follow(event);
    expect(outcome).toMatchObject({ ExternalImageId: 'wedding:7' });
    expect(outcome?.FaceRecords).toHaveLength(2);
    expect(outcome?.UnindexedFaces?.map(({ Reasons }) => Reasons)).toEqual([['EXCEEDS_MAX_FACES']]);
  });

  it.each([
    ['a.jpg', 'ann', {}, 'InvalidKey'],
    ['no good id!/a.jpg', 'ann', {}, 'InvalidKey'],
    ['family/a.jpg', 'no image', {}, 'InvalidImageFormatException'],
    ['family/a.jpg', 'ann', { 'max-faces': 'many' }, 'InvalidMetadata'],
    ['nobody/a.jpg', 'ann', {}, 'ResourceNotFoundException'],
  ])('may be rejected: %s with %s and %j', async (key, text, metadata, code) => {
    const world = new World();
    world.create('family');
    expect(await reason(world.uploads.follow(world.put(key, text, metadata)))).toBe(code);
    expect(world.words('family')).toEqual([]);
    expect(world.outcomes).toEqual([]);
  });

  it('of another bucket is rejected', async () => {
    const world = new World();
    const event = { ...world.put('family/a.jpg', 'ann'), bucket: 'others' };
    expect(await reason(world.uploads.follow(event))).toBe('WrongBucket');
  });

  it('that only shows a folder is nothing', async () => {
    const world = new World();
    expect(await world.uploads.follow(world.put('family/', ''))).toBeUndefined();
    expect(world.outcomes).toEqual([]);
  });

  it('that is gone before it is looked at is skipped', async () => {
    const world = new World();
    world.create('family');
    const created = world.put('family/a.jpg', 'ann');
    const removed = world.delete('family/a.jpg');
    expect(await world.uploads.follow(created)).toMatchObject({ Status: 'SKIPPED' });
    expect(await world.uploads.follow(removed)).toBeUndefined();
    expect(world.words('family')).toEqual([]);
  });

  it('may create its collection, unless it is gone', async () => {
    const world = new World({ createCollections: true });
    const gone = world.put('ghosts/a.jpg', 'ann');
    world.delete('ghosts/a.jpg');
    await world.uploads.follow(gone);
    await world.uploads.follow(world.put('family/a.jpg', 'ann'));
    expect([...world.collections.keys()]).toEqual(['family']);
    expect(world.statuses()).toEqual(['SKIPPED', 'INDEXED']);
  });
});

describe('an event', () => {
  it('that comes again does nothing, even if faces have been deleted meanwhile', async () => {
    const world = new World();
    world.create('family');
    const event = world.put('family/a.jpg', 'ann');
    await world.uploads.follow(event);
    world.collections.get('family')?.faces.clear();
    expect(await world.uploads.follow(event)).toBeUndefined();
    expect(world.words('family')).toEqual([]);
    expect(world.looks).toBe(1);
    expect(world.statuses()).toEqual(['INDEXED']);
  });

  it('that comes late finds the last version, which is told of once', async () => {
    const world = new World({ mirror: true });
    world.create('family');
    const first = world.put('family/a.jpg', 'ann');
    world.now += 1000;
    const second = world.put('family/a.jpg', 'bob cat');
    await world.uploads.follow(second);
    const after = world.words('family');
    await world.uploads.follow(first);
    expect(world.words('family')).toEqual(after);
    expect(after).toHaveLength(2);
    expect(world.outcomes.map(({ ETag }) => ETag)).toEqual(['etag of bob cat']);
  });

  it('of the same bytes put again has them indexed again', async () => {
    const world = new World();
    world.create('family');
    await world.uploads.follow(world.put('family/a.jpg', 'ann'));
    world.collections.get('family')?.faces.clear();
    world.now += 1000;
    await world.uploads.follow(world.put('family/a.jpg', 'ann'));
    expect(world.words('family')).toHaveLength(1);
    expect(new Set(world.outcomes.map(({ Id }) => Id)).size).toBe(2);
  });
});

describe('an object that is overwritten or deleted', () => {
  const history = async (mirror: boolean) => {
    const world = new World({ mirror });
    world.create('family');
    await world.uploads.follow(world.put('family/a.jpg', 'ann bob'));
    world.now += 1000;
    await world.uploads.follow(world.put('family/a.jpg', 'cat'));
    const overwritten = world.words('family').length;
    await world.uploads.follow(world.delete('family/a.jpg'));
    return { world, overwritten, deleted: world.words('family').length };
  };

  it('leaves its faces in a collection', async () => {
    const { world, overwritten, deleted } = await history(false);
    expect([overwritten, deleted]).toEqual([3, 3]);
    expect(world.statuses()).toEqual(['INDEXED', 'INDEXED']);
  });

  it('takes its faces out of a collection that mirrors the bucket, and says which', async () => {
    const { world, overwritten, deleted } = await history(true);
    expect([overwritten, deleted]).toEqual([1, 0]);
    expect(world.statuses()).toEqual(['INDEXED', 'INDEXED', 'REMOVED']);
    expect(world.outcomes.map(({ DeletedFaces }) => DeletedFaces?.length)).toEqual([
      undefined,
      2,
      1,
    ]);
  });

  it.each([
    ['no image', {}, 'InvalidImageFormatException'],
    ['bob', { 'max-faces': 'x' }, 'InvalidMetadata'],
    ['too large', {}, 'ImageTooLargeException'],
    ['one too many', {}, 'ServiceQuotaExceededException'],
  ])(
    'takes its faces along when its successor is rejected: %s with %j',
    async (text, metadata, code) => {
      for (const mirror of [true, false]) {
        const world = new World({ mirror, mostFaces: 2 });
        world.create('family');
        await world.uploads.follow(world.put('family/a.jpg', 'ann'));
        const [ann] = world.words('family');
        world.now += 1000;
        const event = world.put('family/a.jpg', text, metadata);
        for (let i = 0; i < 2; i++) expect(await reason(world.uploads.follow(event))).toBe(code);
        expect(world.words('family').includes(ann ?? '')).toBe(!mirror);
        // And is indexed when it is put right.
        world.now += 1000;
        await world.uploads.follow(world.put('family/a.jpg', 'cat'));
        expect(world.words('family')).toHaveLength(mirror ? 1 : world.words('family').length);
        expect(world.outcomes.at(-1)).toMatchObject({ Status: 'INDEXED', ETag: 'etag of cat' });
      }
    },
  );

  it('leaves faces that belong to users, says so, and tries again with the next event', async () => {
    const world = new World({ mirror: true });
    world.create('family');
    const outcome = await world.uploads.follow(world.put('family/a.jpg', 'ann bob'));
    const [ann] = outcome?.FaceRecords?.map(({ Face }) => Face.FaceId ?? '') ?? [];
    world.associated.add(ann ?? '');
    const removal = world.delete('family/a.jpg');
    expect(await world.uploads.follow(removal)).toMatchObject({
      Status: 'REMOVED',
      DeletedFaces: [expect.any(String)],
      UnsuccessfulFaceDeletions: [
        { FaceId: ann, UserId: 'somebody', Reasons: ['ASSOCIATED_TO_AN_EXISTING_USER'] },
      ],
    });
    world.associated.clear();
    expect(await world.uploads.follow(removal)).toMatchObject({ DeletedFaces: [ann] });
    expect(world.words('family')).toEqual([]);
  });
});

describe('afterwards', () => {
  it('an object may be deleted, if it has faces, and its faces stay', async () => {
    const world = new World({ afterwards: 'delete', mirror: true });
    world.create('family');
    const event = world.put('family/a.jpg', 'ann');
    await world.uploads.follow(event);
    await world.uploads.follow(world.put('family/sea.jpg', ''));
    expect([...world.objects.keys()]).toEqual(['family/sea.jpg']);
    // The event again, and that of the deletion.
    await world.uploads.follow(event);
    await world.uploads.follow({ ...event, removed: true });
    expect(world.words('family')).toHaveLength(1);
    expect(world.statuses()).toEqual(['INDEXED', 'NO_FACES']);
  });

  it('an object may be tagged with what became of it', async () => {
    const world = new World({ afterwards: 'tag' });
    world.create('family');
    await world.uploads.follow(world.put('family/a.jpg', 'ann'));
    await world.uploads.follow(world.put('family/sea.jpg', ''));
    const bad = world.put('family/bad.jpg', 'no image');
    await world.uploads.reject(bad, { Code: 'X', Message: 'x' });
    expect(Object.fromEntries(world.tags)).toEqual({
      'family/a.jpg': 'indexed',
      'family/sea.jpg': 'no-faces',
      'family/bad.jpg': 'rejected',
    });
    expect(world.outcomes.at(-1)).toMatchObject({
      Status: 'REJECTED',
      Reason: { Code: 'X', Message: 'x' },
    });
  });
});
