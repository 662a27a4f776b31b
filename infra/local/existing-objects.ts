/** Which of some keys are those of objects in a bucket. */
import {
  HeadObjectCommand,
  NotFound,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';

/** Of more keys than this a listing of the bucket is the shorter way. */
const FEW = 50;

export async function existingObjects(
  s3: S3Client,
  Bucket: string,
  keys: readonly string[],
): Promise<Set<string>> {
  const existing = new Set<string>();
  if (keys.length > FEW) {
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket })) {
      for (const { Key } of Contents) if (Key !== undefined) existing.add(Key);
    }
    return existing;
  }
  for (const Key of keys) {
    try {
      await s3.send(new HeadObjectCommand({ Bucket, Key }));
      existing.add(Key);
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
    }
  }
  return existing;
}
