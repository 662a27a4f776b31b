import {
  COMMON_ERRORS,
  collectionIdOf,
  members,
  operation,
  structure,
} from '../layers/protocol/index.ts';
import { FACE_MODEL_TAG, refuseOtherFaceModel } from './common/chosen-face-model.ts';
import { requireRetention } from './common/retention.ts';
import type { Services } from './common/services.ts';

/** Adds tags to a collection, or gives those it has another value. */
export const TagResource = operation({
  name: 'TagResource',
  input: structure({ ResourceArn: members.ResourceArn, Tags: members.TagMap }, [
    'ResourceArn',
    'Tags',
  ]),
  output: structure({}),
  errors: [...COMMON_ERRORS, 'ResourceNotFoundException', 'ServiceQuotaExceededException'],
  uses: {
    records: ['GetItem', 'PutItem'],
    shards: 'none',
    images: false,
    inference: false,
    jobs: [],
  },
  async handler({ ResourceArn, Tags }, { records }: Services) {
    const id = collectionIdOf(ResourceArn);
    requireRetention(Tags);
    if (FACE_MODEL_TAG in Tags) {
      const { faceModel } = await records.collections.get(id);
      refuseOtherFaceModel(faceModel, Tags);
    }
    await records.collections.tag(id, Tags);
    return {};
  },
});
