import {
  COMMON_ERRORS,
  IMAGE_ERRORS,
  list,
  members,
  operation,
  string,
  structure,
} from '../layers/protocol/index.ts';
import { requestedDetails } from './common/face-details.ts';
import { analyse, indexedMembers, store } from './common/indexing.ts';
import type { Services } from './common/services.ts';
import { withCollection } from './common/with-collection.ts';

const FaceRecord = structure({ Face: members.Face, FaceDetail: members.FaceDetail });
const UnindexedFace = structure({ Reasons: list(members.Reason), FaceDetail: members.FaceDetail });

/**
 * Detects the faces of a photograph and stores those that are good enough, with their vectors. The same
 * photograph under the same ExternalImageId stores nothing twice and gets the same answer.
 */
export const IndexFaces = operation({
  name: 'IndexFaces',
  input: structure(
    {
      CollectionId: members.CollectionId,
      Image: members.Image,
      ExternalImageId: members.ExternalImageId,
      DetectionAttributes: members.Attributes,
      MaxFaces: members.MaxFacesToIndex,
      QualityFilter: members.QualityFilter,
    },
    ['CollectionId', 'Image'],
  ),
  output: structure({
    FaceRecords: list(FaceRecord),
    OrientationCorrection: members.OrientationCorrection,
    FaceModelVersion: string(),
    UnindexedFaces: list(UnindexedFace),
  }),
  errors: [
    ...COMMON_ERRORS,
    ...IMAGE_ERRORS,
    'ResourceNotFoundException',
    'ServiceQuotaExceededException',
  ],
  uses: {
    records: ['BatchGetItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'],
    shards: 'none',
    images: true,
    inference: true,
    jobs: ['fold'],
  },
  async handler(input, services: Services) {
    return withCollection(services, input.CollectionId, async (collection) => {
      const bytes = await services.images.load(input.Image);
      const analysis = await analyse(services, collection, bytes, {
        externalImageId: input.ExternalImageId,
        maxFaces: input.MaxFaces,
        qualityFilter: input.QualityFilter,
        details: requestedDetails(input.DetectionAttributes, services.judgements),
      });
      const stored = await store(services, collection, analysis.faces);
      return { ...indexedMembers(analysis, stored), FaceModelVersion: collection.faceModel };
    });
  },
});
