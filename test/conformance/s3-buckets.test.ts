/** Buckets, as unmodified AWS SDK clients use them. */
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectAclCommand,
  GetObjectTorrentCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectRefused, get, openTarget, put, type Target } from './s3-target.ts';

let target: Target;
let Bucket: string;
let send: Target['client']['send'];

beforeAll(async () => {
  target = await openTarget();
  Bucket = target.bucket;
  send = target.client.send.bind(target.client);
});
afterAll(() => target.close());

it('buckets are created, found, listed and located', async () => {
  await send(new HeadBucketCommand({ Bucket }));
  const { Buckets } = await send(new ListBucketsCommand({}));
  expect(Buckets?.map((bucket) => bucket.Name)).toContain(Bucket);
  const { LocationConstraint } = await send(new GetBucketLocationCommand({ Bucket }));
  expect(LocationConstraint).toBeUndefined();
});

it('buckets keep the region they were created in', async () => {
  const regional = `${Bucket}-eu`;
  const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
  await send(new CreateBucketCommand({ Bucket: regional, CreateBucketConfiguration }));
  const { LocationConstraint } = await send(new GetBucketLocationCommand({ Bucket: regional }));
  expect(LocationConstraint).toBe('eu-central-1');
  const { BucketRegion } = await send(new HeadBucketCommand({ Bucket: regional }));
  expect(BucketRegion).toBe('eu-central-1');
  await send(new DeleteBucketCommand({ Bucket: regional }));
});

it('buckets exist once, have valid names, and are deleted only when empty', async () => {
  const other = `${Bucket}-other`;
  await send(new CreateBucketCommand({ Bucket: other }));
  // In us-east-1, and nowhere else, making a bucket of one's own again is no error.
  await send(new CreateBucketCommand({ Bucket: other }));
  const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
  await expectRefused(
    send(new CreateBucketCommand({ Bucket: other, CreateBucketConfiguration })),
    'BucketAlreadyOwnedByYou',
    409,
  );
  await expectRefused(
    send(new CreateBucketCommand({ Bucket: 'Not_A_Name' })),
    'InvalidBucketName',
    400,
  );
  await send(new PutObjectCommand({ Bucket: other, Key: 'a', Body: 'a' }));
  await expectRefused(send(new DeleteBucketCommand({ Bucket: other })), 'BucketNotEmpty', 409);
  await send(new DeleteObjectCommand({ Bucket: other, Key: 'a' }));
  await send(new DeleteBucketCommand({ Bucket: other }));
  await expectRefused(send(new HeadBucketCommand({ Bucket: other })), 'NotFound', 404);
});

it('buckets accept the configurations that templates set, and return them', async () => {
  const LambdaFunctionArn = 'arn:aws:lambda:us-east-1:000000000000:function:f';
  await send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: {
        LambdaFunctionConfigurations: [{ LambdaFunctionArn, Events: ['s3:ObjectCreated:*'] }],
      },
    }),
  );
  const Rules = [
    { ID: 'a', Status: 'Enabled', Filter: { Prefix: 'tmp/' }, Expiration: { Days: 1 } } as const,
  ];
  await send(
    new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }),
  );
  await send(
    new PutPublicAccessBlockCommand({
      Bucket,
      PublicAccessBlockConfiguration: { BlockPublicAcls: true },
    }),
  );
  await expectRefused(send(new GetBucketCorsCommand({ Bucket })), 'NoSuchCORSConfiguration', 404);
  const CORSRules = [{ AllowedMethods: ['PUT', 'GET'], AllowedOrigins: ['*'] }];
  await send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
  expect((await send(new GetBucketCorsCommand({ Bucket }))).CORSRules).toEqual(CORSRules);
  const lifecycle = await send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
  expect(lifecycle.Rules).toEqual(Rules);
});

it('buckets have no versions: enabling them is refused, and the only version is "null"', async () => {
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  const enable = new PutBucketVersioningCommand({ Bucket, VersioningConfiguration });
  await expectRefused(send(enable), 'NotImplemented', 501);
  const { Status } = await send(new GetBucketVersioningCommand({ Bucket }));
  expect(Status).toBeUndefined();
  await put(target, 'unversioned', 'x');
  await expectRefused(get(target, 'unversioned', { VersionId: 'v1' }), 'NoSuchVersion', 404);
  expect((await get(target, 'unversioned', { VersionId: 'null' })).text).toBe('x');
});

it('buckets refuse what is not served instead of answering something else', async () => {
  await put(target, 'torrent', 'x');
  const call = send(new GetObjectTorrentCommand({ Bucket, Key: 'torrent' }));
  await expectRefused(call, 'NotImplemented', 501);
});

it('ACLs are disabled, as in a bucket that is made today: the owner has everything', async () => {
  await put(target, 'acl', 'x');
  for (const command of [
    new GetObjectAclCommand({ Bucket, Key: 'acl' }),
    new GetBucketAclCommand({ Bucket }),
  ]) {
    const { Grants } = await send(command as GetObjectAclCommand);
    expect(Grants).toMatchObject([{ Permission: 'FULL_CONTROL' }]);
  }
  const open = send(new PutObjectAclCommand({ Bucket, Key: 'acl', ACL: 'public-read' }));
  await expectRefused(open, 'AccessControlListNotSupported', 400);
  await expectRefused(send(new GetObjectAclCommand({ Bucket, Key: 'none' })), 'NoSuchKey', 404);
});

it('the versions of a bucket are its objects', async () => {
  for (const key of ['v/1', 'v/2', 'v/3/a']) await put(target, key, key);
  const params = { Bucket, Prefix: 'v/', Delimiter: '/', MaxKeys: 2 };
  const first = await send(new ListObjectVersionsCommand(params));
  expect(first.Versions?.map(({ Key, VersionId, IsLatest }) => [Key, VersionId, IsLatest])).toEqual(
    [
      ['v/1', 'null', true],
      ['v/2', 'null', true],
    ],
  );
  expect(first).toMatchObject({ IsTruncated: true, NextKeyMarker: 'v/2' });
  const KeyMarker = first.NextKeyMarker;
  const second = await send(new ListObjectVersionsCommand({ ...params, KeyMarker }));
  expect(second.CommonPrefixes).toEqual([{ Prefix: 'v/3/' }]);
  expect(second.IsTruncated).toBe(false);
});
