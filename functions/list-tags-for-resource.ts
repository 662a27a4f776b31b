import {
  COMMON_ERRORS,
  collectionIdOf,
  members,
  operation,
  structure,
} from '../layers/protocol/index.ts';
import type { Services } from './common/services.ts';

/** Lists the tags of a collection. */
export const ListTagsForResource = operation({
  name: 'ListTagsForResource',
  input: structure({ ResourceArn: members.ResourceArn }, ['ResourceArn']),
  output: structure({ Tags: members.TagMap }),
  errors: [...COMMON_ERRORS, 'ResourceNotFoundException'],
  uses: { records: ['GetItem'], shards: 'none', images: false, inference: false, jobs: [] },
  async handler({ ResourceArn }, { records }: Services) {
    const { tags } = await records.collections.get(collectionIdOf(ResourceArn));
    return { Tags: { ...tags } };
  },
});
