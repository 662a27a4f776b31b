import {
  COMMON_ERRORS,
  members,
  operation,
  shortCollectionArn,
  string,
  structure,
} from '../layers/protocol/index.ts';
import { chosenFaceModel } from './common/chosen-face-model.ts';
import { requireRetention } from './common/retention.ts';
import type { Services } from './common/services.ts';

/**
 * Creates an empty collection. Ids are case-sensitive. The tag `recollect:face-model` chooses its face model,
 * which it keeps.
 */
export const CreateCollection = operation({
  name: 'CreateCollection',
  input: structure({ CollectionId: members.CollectionId, Tags: members.TagMap }, ['CollectionId']),
  output: structure({
    StatusCode: members.UInteger,
    CollectionArn: string(),
    FaceModelVersion: string(),
  }),
  errors: [...COMMON_ERRORS, 'ResourceAlreadyExistsException', 'ServiceQuotaExceededException'],
  uses: {
    records: ['PutItem'],
    shards: 'none',
    images: false,
    inference: false,
    faceModels: true,
    jobs: [],
  },
  async handler({ CollectionId, Tags = {} }, { records, faceModels }: Services, call) {
    const { version } = chosenFaceModel(faceModels, Tags);
    requireRetention(Tags);
    await records.collections.create(CollectionId, version, Tags);
    return {
      StatusCode: 200,
      CollectionArn: shortCollectionArn(call, CollectionId),
      FaceModelVersion: version,
    };
  },
});
