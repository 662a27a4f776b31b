import {
  COMMON_ERRORS,
  list,
  members,
  operation,
  ServiceError,
  string,
  structure,
} from '../layers/protocol/index.ts';
import { faceMatches } from './common/face-members.ts';
import { noteMatches } from './common/retention.ts';
import { search } from './common/searching.ts';
import type { Services } from './common/services.ts';
import { UNKNOWN_FACE_ID } from './common/texts.ts';

/** Finds the faces of a collection that resemble one of them, which is itself left out. */
export const SearchFaces = operation({
  name: 'SearchFaces',
  input: structure(
    {
      CollectionId: members.CollectionId,
      FaceId: members.FaceId,
      MaxFaces: members.MaxFaces,
      FaceMatchThreshold: members.Percent,
    },
    ['CollectionId', 'FaceId'],
  ),
  output: structure({
    SearchedFaceId: members.FaceId,
    FaceMatches: list(members.FaceMatch),
    FaceModelVersion: string(),
  }),
  errors: [...COMMON_ERRORS, 'ResourceNotFoundException'],
  uses: {
    records: ['BatchGetItem', 'GetItem', 'Query', 'UpdateItem'],
    shards: 'read',
    images: false,
    inference: false,
    jobs: ['fold'],
  },
  async handler(input, { records, indexes, faceModels }: Services) {
    const { FaceId, MaxFaces = 4096, FaceMatchThreshold = 80 } = input;
    const collection = await records.collections.get(input.CollectionId);
    const face = await records.faces.get(collection, FaceId);
    if (face === undefined) throw new ServiceError('InvalidParameterException', UNKNOWN_FACE_ID);
    const found = await search(indexes.faces, faceModels, collection, {
      vectors: new Map([[face.faceModel, face.vector]]),
      limit: MaxFaces,
      threshold: FaceMatchThreshold,
      exclude: FaceId,
    });
    await noteMatches(
      { records },
      collection,
      found.map(({ record }) => record.id),
    );
    return {
      SearchedFaceId: FaceId,
      FaceMatches: faceMatches(found),
      FaceModelVersion: collection.faceModel,
    };
  },
});
