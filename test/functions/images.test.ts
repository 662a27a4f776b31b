/** Image members that name no image at all; what S3 answers to the others is tested end to end. */
import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { ImageLoader } from '../../functions/common/images.ts';

// Nothing here gets as far as the network.
const loader = new ImageLoader(
  new S3Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }),
);
const HALF_A_PAIR = '\ud800';

describe('an image', () => {
  it('is its bytes where it has them', async () => {
    const Bytes = Buffer.from([1, 2, 3]);
    expect(await loader.load({ Bytes })).toBe(Bytes);
  });

  it.each([
    ['neither bytes nor an object', {}],
    ['both', { Bytes: Buffer.from('x'), S3Object: { Bucket: 'photos', Name: 'a.jpg' } }],
  ])('with %s is refused', async (_, image) => {
    await expect(loader.load(image)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'Request has Invalid Parameters',
    });
  });

  it.each([
    ['without a name', { Bucket: 'photos' }],
    ['without a bucket', { Name: 'a.jpg' }],
    ['with a name that no URL can hold', { Bucket: 'photos', Name: HALF_A_PAIR }],
    ['with a version that no URL can hold', { Bucket: 'photos', Name: 'a', Version: HALF_A_PAIR }],
    ['in a bucket of a form that does not exist', { Bucket: 'abc--x-s3', Name: 'a.jpg' }],
  ])('that is an object %s is refused', async (_, S3Object) => {
    await expect(loader.load({ S3Object })).rejects.toMatchObject({
      name: 'InvalidS3ObjectException',
      message: 'Request has invalid S3 object.',
    });
  });
});
