import { COMMON_ERRORS, members, operation, structure } from '../layers/protocol/index.ts';
import type { Services } from './common/services.ts';

/** Deletes a collection with all its faces and users. It is gone at once; its remains are purged after. */
export const DeleteCollection = operation({
  name: 'DeleteCollection',
  input: structure({ CollectionId: members.CollectionId }, ['CollectionId']),
  output: structure({ StatusCode: members.UInteger }),
  errors: [...COMMON_ERRORS, 'ResourceNotFoundException'],
  uses: {
    records: ['DeleteItem', 'GetItem', 'PutItem'],
    shards: 'none',
    images: false,
    inference: false,
    jobs: ['purge'],
  },
  async handler({ CollectionId }, { records, jobs }: Services) {
    await jobs.purge(await records.collections.delete(CollectionId));
    return { StatusCode: 200 };
  },
});
