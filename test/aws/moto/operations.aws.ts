/**
 * The synthesised functions against moto, each under its own policy: every operation, folds, scans, uploads, a sweep and a
 * purge, with no denial. A policy from which one action is taken makes it fail.
 */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutVideo as operations } from '../../../functions/operations.ts';
import { Records } from '../../../layers/records/index.ts';
import { sample } from '../../support/photos.ts';
import { present } from '../../support/programs.ts';
import { deployIntoMoto, type InMoto } from './deployment.ts';
import { MOTO } from './server.ts';

const SETTINGS = {
  stackName: 'InMoto',
  imageBuckets: 'photos',
  foldAt: 1,
  fanOutAt: 0,
  scanners: 2,
  uploads: true,
  createCollections: true,
  afterUpload: 'tag',
};

const C = { CollectionId: 'family' };
const ARN = 'arn:aws:rekognition:eu-central-1:123456789012:collection/family';

type Json = Record<string, unknown>;
interface Face {
  readonly FaceId: string;
}

describe.runIf(present(MOTO.command, MOTO.args))('in moto, under their own policies,', () => {
  let here: InMoto;
  const called = new Set<string>();
  const ids: string[] = [];

  beforeAll(async () => {
    here = await deployIntoMoto(SETTINGS);
    const configuration = { LocationConstraint: 'eu-central-1' } as const;
    await here.s3.send(
      new CreateBucketCommand({ Bucket: 'photos', CreateBucketConfiguration: configuration }),
    );
    await here.s3.send(
      new PutBucketVersioningCommand({
        Bucket: 'photos',
        VersioningConfiguration: { Status: 'Enabled' },
      }),
    );
  }, 300_000);
  afterAll(() => here?.close());

  const post = (operation: string, input: Json, endpoint = here.httpEndpoint) =>
    fetch(`${endpoint}/${operation}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${here.key.id}.${here.key.secret}` },
      body: JSON.stringify(input),
    });
  const call = async (operation: string, input: Json): Promise<Json> => {
    called.add(operation);
    const response = await post(operation, input);
    const text = await response.text();
    if (!response.ok) throw new Error(`${operation} answered ${response.status} ${text}`);
    return JSON.parse(text) as Json;
  };
  const inline = async (number: 1 | 2 | 3 | 4 | 5) => ({
    Bytes: (await sample(number)).toString('base64'),
  });
  const facesOf = (answer: Json) =>
    (answer['FaceRecords'] as { Face: Face }[]).map(({ Face }) => Face.FaceId);
  const search = async () =>
    (await call('SearchFacesByImage', { ...C, Image: await inline(1) }))['FaceMatches'];
  const fold = async () => {
    const messages = await here.drain('QueuesFolds');
    for (const message of messages) {
      expect(await here.host.invoke('Fold', message)).toEqual({ batchItemFailures: [] });
    }
    return messages.length;
  };
  const shards = async () =>
    (await here.s3.send(new ListObjectsV2Command({ Bucket: here.named('StorageShards') })))
      .Contents ?? [];

  it('collections and faces', async () => {
    await call('CreateCollection', { ...C, Tags: { a: 'b' } });
    ids.push(...facesOf(await call('IndexFaces', { ...C, Image: await inline(1) })));
    expect(ids.length).toBeGreaterThan(1);
    const put = await here.s3.send(
      new PutObjectCommand({ Bucket: 'photos', Key: 'four.jpg', Body: await sample(4) }),
    );
    const object = { Bucket: 'photos', Name: 'four.jpg' };
    await call('IndexFaces', { ...C, Image: { S3Object: object } });
    const versioned = { ...object, Version: put.VersionId };
    const seen = await call('DetectFaces', { Image: { S3Object: versioned }, Attributes: ['ALL'] });
    expect(seen['FaceDetails']).not.toEqual([]);
    await call('CompareFaces', { SourceImage: await inline(1), TargetImage: { S3Object: object } });
    expect((await call('ListFaces', C))['Faces']).not.toEqual([]);
    expect((await call('ListCollections', {}))['CollectionIds']).toEqual(['family']);
    expect((await call('DescribeCollection', C))['FaceCount']).toBeGreaterThan(1);
    await call('TagResource', { ResourceArn: ARN, Tags: { x: 'y' } });
    expect((await call('ListTagsForResource', { ResourceArn: ARN }))['Tags']).toEqual({
      a: 'b',
      x: 'y',
    });
    await call('UntagResource', { ResourceArn: ARN, TagKeys: ['x'] });
  }, 240_000);

  it('users', async () => {
    const user = { ...C, UserId: 'anna' };
    await call('CreateUser', { ...user, ClientRequestToken: 'first' });
    await call('CreateUser', { ...user, ClientRequestToken: 'first' });
    await call('AssociateFaces', { ...user, FaceIds: ids.slice(0, 2) });
    expect((await call('SearchUsers', user))['UserMatches']).toBeDefined();
    const found = await call('SearchUsersByImage', { ...C, Image: await inline(1) });
    expect(found['UserMatches']).toMatchObject([{ User: { UserId: 'anna' } }]);
    expect((await call('ListUsers', C))['Users']).toMatchObject([{ UserId: 'anna' }]);
    await call('DisassociateFaces', { ...user, FaceIds: ids.slice(1, 2) });
  }, 240_000);

  it('pairs, groups, users made one and two again, and who is kept out', async () => {
    expect((await call('FindDuplicates', C))['FacePairs']).toBeDefined();
    expect((await call('SuggestUsers', C))['SuggestedUsers']).toBeDefined();
    await call('CreateUser', { ...C, UserId: 'anna.2' });
    const merged = await call('MergeUsers', { ...C, UserId: 'anna', SourceUserId: 'anna.2' });
    await call('UndoMergeUsers', { ...C, MergeId: merged['MergeId'] });
    await call('DeleteUser', { ...C, UserId: 'anna.2' });
    const { SuppressionIds } = await call('SuppressFaces', { ...C, ExternalImageIds: ['zoe'] });
    expect((await call('ListSuppressions', C))['Suppressions']).toHaveLength(1);
    await call('DeleteSuppressions', { ...C, SuppressionIds });
  }, 240_000);

  it('searches before and after a fold, by scan functions, and with a lost shard', async () => {
    const before = await search();
    expect(before).not.toEqual([]);
    await here.host.invoke('Sweep', {});
    expect(await fold()).toBeGreaterThan(0);
    expect(await shards()).not.toEqual([]);
    expect(await search()).toEqual(before);
    await call('SearchFaces', { ...C, FaceId: ids[0] });
    await call('SearchAllFacesByImage', { ...C, Image: await inline(1) });
    for (const { Key } of await shards()) {
      await here.s3.send(new DeleteObjectCommand({ Bucket: here.named('StorageShards'), Key }));
    }
    // Environments have the shards in memory.
    await here.host.stop();
    expect(await search()).toEqual(before);
    await fold();
    expect(await shards()).not.toEqual([]);
  }, 240_000);

  it('uploads: indexed, tagged, rejected, removed', async () => {
    const Bucket = here.named('UploadsBucket');
    const ingest = async () => {
      for (const message of await here.drain('UploadsQueue')) {
        expect(await here.host.invoke('Ingest', message)).toEqual({ batchItemFailures: [] });
      }
    };
    const put = async (Key: string, Body: Buffer | string) =>
      here.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    await put('album/summer day+1.jpg', await sample(5));
    await put('album/notes.txt', 'no photograph');
    await ingest();
    const { Faces } = await call('ListFaces', { CollectionId: 'album' });
    expect(Faces).not.toEqual([]);
    expect(await here.drain('UploadsDeadLetters')).toHaveLength(1);
    await here.s3.send(new DeleteObjectCommand({ Bucket, Key: 'album/summer day+1.jpg' }));
    await ingest();
  }, 240_000);

  it('extensions, with what most of them ask for', async () => {
    const O = { CollectionId: 'other' };
    await call('CreateCollection', O);
    const image = await inline(1);
    await call('IndexFaces', { ...O, Image: image });
    for (const { name } of operations.filter(({ kind }) => kind === 'extension')) {
      called.add(name);
      const input = { ...O, UserId: 'anna', FaceIds: ids.slice(0, 1), Image: image };
      const response = await post(name, input);
      // Some want more, and say so; none may fail for what it is not allowed.
      expect([name, response.status]).toEqual([name, expect.toSatisfy((code) => code < 500)]);
    }
    await call('DeleteCollection', O);
  }, 240_000);

  it('an upgrade, from a photograph in a bucket', async () => {
    const U = { CollectionId: 'upgraded' };
    const Image = { S3Object: { Bucket: 'photos', Name: 'four.jpg' } };
    await call('CreateCollection', U);
    const FaceIds = facesOf(await call('IndexFaces', { ...U, Image }));
    await call('CreateUser', { ...U, UserId: 'anna' });
    await call('AssociateFaces', { ...U, UserId: 'anna', FaceIds: FaceIds.slice(0, 1) });
    // The stack has one face model: an upgrade to that itself makes the same calls as one to another.
    const records = new Records({ client: here.dynamodb, table: here.named('StorageRecords') });
    await records.upgrades.begin(await records.collections.get(U.CollectionId), '1.0');
    const step = (Action: string, more: Json = {}) =>
      call('UpgradeCollection', { ...U, Action, ...more });
    expect((await step('LIST'))['Faces']).toHaveLength(FaceIds.length);
    expect((await step('EMBED', { Image, FaceIds }))['EmbeddedFaces']).toEqual(
      FaceIds.map((FaceId) => ({ FaceId, Outcome: 'EMBEDDED' })),
    );
    expect((await step('PREPARE'))['Upgrade']).toMatchObject({
      State: 'READY',
      FacesWithoutVector: 0,
    });
    expect((await step('COMMIT'))['Upgrade']).toMatchObject({ Outcome: 'COMMITTED' });
    const found = await call('SearchUsers', { ...U, FaceId: FaceIds[0] });
    expect(found['UserMatches']).toMatchObject([{ User: { UserId: 'anna' } }]);
    await call('DeleteCollection', U);
  }, 240_000);

  it('deletions: faces, users, collections, and everything that is left of them', async () => {
    await call('DeleteFaces', { ...C, FaceIds: ids });
    await call('DeleteUser', { ...C, UserId: 'anna' });
    await fold();
    await call('DeleteCollection', C);
    await call('DeleteCollection', { CollectionId: 'album' });
    const purges = await here.drain('QueuesPurges');
    expect(purges).toHaveLength(4);
    for (const message of purges) await here.host.invoke('Purge', message);
    await here.host.invoke('Sweep', {});
    await here.host.invoke('Erase', {});
    const { Items = [] } = await here.dynamodb.send(
      new ScanCommand({ TableName: here.named('StorageRecords') }),
    );
    // What stays are receipts, which name nobody, and where the last sweep ended.
    const stays = /^(RECEIPTS#|SWEEP$)/;
    expect(Items.filter(({ pk }) => !stays.test(pk?.S ?? ''))).toEqual([]);
    const { Receipts } = await call('GetDeletionReceipts', C);
    expect(Receipts).not.toEqual([]);
    expect(JSON.stringify(Receipts)).not.toContain('PENDING');
    expect(await shards()).toEqual([]);
  }, 240_000);

  it('every operation was called, by its own function', () => {
    expect([...called].sort()).toEqual(operations.map(({ name }) => name).sort());
  });

  it('nothing was denied', () => {
    expect([...here.guard.denials]).toEqual([]);
  });
});

describe.runIf(present(MOTO.command, MOTO.args))('a policy without one of its actions', () => {
  it('is noticed', async () => {
    const here = await deployIntoMoto({ ...SETTINGS, uploads: false }, (policies) => {
      const listing = policies.get('ListFaces') ?? [];
      policies.set(
        'ListFaces',
        listing.filter(({ action }) => action !== 'dynamodb:Query'),
      );
    });
    try {
      const post = (operation: string) =>
        fetch(`${here.httpEndpoint}/${operation}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${here.key.id}.${here.key.secret}` },
          body: JSON.stringify(C),
        });
      expect((await post('CreateCollection')).status).toBe(200);
      expect((await post('ListFaces')).status).toBe(500);
      expect([...here.guard.denials]).toEqual([
        expect.stringMatching(/^ListFaces: dynamodb:Query arn:aws:dynamodb:.*:table\//),
      ]);
    } finally {
      await here.close();
    }
  }, 300_000);
});
