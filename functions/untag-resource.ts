import {
  COMMON_ERRORS,
  collectionIdOf,
  members,
  operation,
  structure,
} from '../layers/protocol/index.ts';
import type { Services } from './common/services.ts';

/** Takes tags off a collection; keys it does not have are passed over. */
export const UntagResource = operation({
  name: 'UntagResource',
  input: structure({ ResourceArn: members.ResourceArn, TagKeys: members.TagKeyList }, [
    'ResourceArn',
    'TagKeys',
  ]),
  output: structure({}),
  errors: [...COMMON_ERRORS, 'ResourceNotFoundException'],
  uses: {
    records: ['GetItem', 'PutItem'],
    shards: 'none',
    images: false,
    inference: false,
    jobs: [],
  },
  async handler({ ResourceArn, TagKeys }, { records }: Services) {
    await records.collections.untag(collectionIdOf(ResourceArn), TagKeys);
    return {};
  },
});
