/** ListBuckets, CreateBucket, HeadBucket, GetBucketLocation and DeleteBucket. */
import { receiveText } from '../body/receive.ts';
import { S3Error } from '../errors.ts';
import { empty, xml } from '../http/response.ts';
import { document, element, parent, parseXml } from '../http/xml.ts';
import { blobNames } from './commit.ts';
import type { Operation } from './services.ts';

const DEFAULT_REGION = 'us-east-1';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME = /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export const listBuckets: Operation = async ({ metadata }, { query }) => {
  const prefix = query.get('prefix') ?? '';
  const buckets = metadata.buckets().filter(({ name }) => name.startsWith(prefix));
  return xml(
    document(
      'ListAllMyBucketsResult',
      parent('Owner', element('ID', 'local')),
      parent(
        'Buckets',
        ...buckets.map(({ name, created, region }) =>
          parent(
            'Bucket',
            element('Name', name),
            element('CreationDate', new Date(created).toISOString()),
            element('BucketRegion', region),
          ),
        ),
      ),
    ),
  );
};

export const createBucket: Operation = async (services, request) => {
  const { metadata, locks, clock } = services;
  const name = request.bucket;
  if (!BUCKET_NAME.test(name)) throw new S3Error('InvalidBucketName');
  const body = await receiveText(request);
  const constraint = body
    ? parseXml(body, 'CreateBucketConfiguration').text('LocationConstraint')
    : undefined;
  const region = constraint ?? services.region;
  return locks.whole(name, async () => {
    const existing = metadata.findBucket(name);
    if (existing) {
      // Only there, for historical reasons, making a bucket again is no error.
      const isAgain = existing.region === DEFAULT_REGION && region === DEFAULT_REGION;
      if (!isAgain) throw new S3Error('BucketAlreadyOwnedByYou');
      return empty(200, { location: `/${name}` });
    }
    await metadata.putBucket({ name, created: clock().getTime(), region, settings: {} });
    return empty(200, { location: `/${name}` });
  });
};

export const headBucket: Operation = async ({ metadata }, request) =>
  empty(200, { 'x-amz-bucket-region': metadata.bucket(request.bucket).region });

export const getBucketLocation: Operation = async ({ metadata }, request) => {
  const { region } = metadata.bucket(request.bucket);
  // The first region has no name here, for historical reasons.
  return xml(document('LocationConstraint', region === DEFAULT_REGION ? '' : region));
};

export const deleteBucket: Operation = async ({ metadata, blobs, locks }, { bucket }) => {
  const abandoned = await locks.whole(bucket, async () => {
    metadata.bucket(bucket);
    const first = await metadata.objectsFrom(bucket, '').next();
    if (first) throw new S3Error('BucketNotEmpty', { details: { BucketName: bucket } });
    const uploads = await metadata.uploads(bucket);
    const parts = await Promise.all(uploads.map((upload) => metadata.parts(upload.id)));
    await metadata.deleteBucket(bucket);
    return parts.flat();
  });
  await blobs.remove(blobNames(abandoned));
  return empty(204);
};
