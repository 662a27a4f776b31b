import {
  COMMON_ERRORS,
  collectionArn,
  integer,
  members,
  operation,
  ServiceError,
  string,
  structure,
  timestamp,
} from '../layers/protocol/index.ts';
import { CollectionNotFoundError } from '../layers/records/index.ts';
import type { Services } from './common/services.ts';

/** Tells how many faces and users a collection holds, its face model, and when it was created. */
export const DescribeCollection = operation({
  name: 'DescribeCollection',
  input: structure({ CollectionId: members.CollectionId }, ['CollectionId']),
  output: structure({
    FaceCount: integer({ min: 0 }),
    FaceModelVersion: string(),
    CollectionARN: string(),
    CreationTimestamp: timestamp,
    UserCount: integer({ min: 0 }),
  }),
  errors: [...COMMON_ERRORS, 'ResourceNotFoundException'],
  uses: {
    records: ['GetItem', 'Query'],
    shards: 'none',
    images: false,
    inference: false,
    jobs: [],
  },
  async handler({ CollectionId }, { records }: Services, call) {
    const collection = await records.collections.get(CollectionId).catch((error: unknown) => {
      throw error instanceof CollectionNotFoundError ? notFound(error) : error;
    });
    const counts = await records.collections.counts(collection);
    return {
      FaceCount: counts.faces,
      FaceModelVersion: collection.faceModel,
      CollectionARN: collectionArn(call, CollectionId),
      CreationTimestamp: collection.createdAt,
      UserCount: counts.users,
    };
  },
});

/** Worded differently by this operation than by all others. */
function notFound(cause: CollectionNotFoundError): ServiceError {
  const text = `Collection:${cause.collectionId} not found!`;
  return new ServiceError('ResourceNotFoundException', text, { cause });
}
