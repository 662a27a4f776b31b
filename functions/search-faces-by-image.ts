import { qualityReasons } from '../layers/inference/index.ts';
import {
  COMMON_ERRORS,
  IMAGE_ERRORS,
  list,
  members,
  operation,
  ServiceError,
  string,
  structure,
} from '../layers/protocol/index.ts';
import { boundingBox, faceMatches } from './common/face-members.ts';
import { noteMatches } from './common/retention.ts';
import { embeddedFor, search } from './common/searching.ts';
import type { Services } from './common/services.ts';
import { NO_FACES } from './common/texts.ts';

/** Finds the faces of a collection that resemble the largest face of a photograph. */
export const SearchFacesByImage = operation({
  name: 'SearchFacesByImage',
  input: structure(
    {
      CollectionId: members.CollectionId,
      Image: members.Image,
      MaxFaces: members.MaxFaces,
      FaceMatchThreshold: members.Percent,
      QualityFilter: members.QualityFilter,
    },
    ['CollectionId', 'Image'],
  ),
  output: structure({
    SearchedFaceBoundingBox: members.BoundingBox,
    SearchedFaceConfidence: members.Percent,
    FaceMatches: list(members.FaceMatch),
    FaceModelVersion: string(),
  }),
  errors: [...COMMON_ERRORS, ...IMAGE_ERRORS, 'ResourceNotFoundException'],
  uses: {
    records: ['BatchGetItem', 'GetItem', 'Query', 'UpdateItem'],
    shards: 'read',
    images: true,
    inference: true,
    jobs: ['fold'],
  },
  async handler(input, { records, indexes, inference, images, faceModels }: Services) {
    const { MaxFaces = 4096, FaceMatchThreshold = 80, QualityFilter = 'NONE' } = input;
    const collection = await records.collections.get(input.CollectionId);
    const picture = await inference.read(await images.load(input.Image));
    const [face] = await inference.findFaces(picture, { limit: 1 });
    if (face === undefined) throw new ServiceError('InvalidParameterException', NO_FACES);
    const { own, vectors } = await embeddedFor(inference, picture, collection, face);
    inference.release(picture);
    if (qualityReasons(face, picture, QualityFilter, own.legibility).length > 0) {
      throw new ServiceError('InvalidParameterException', NO_FACES);
    }
    const found = await search(indexes.faces, faceModels, collection, {
      vectors,
      limit: MaxFaces,
      threshold: FaceMatchThreshold,
    });
    await noteMatches(
      { records },
      collection,
      found.map(({ record }) => record.id),
    );
    return {
      SearchedFaceBoundingBox: boundingBox(face.box),
      SearchedFaceConfidence: face.confidence,
      FaceMatches: faceMatches(found),
      FaceModelVersion: collection.faceModel,
    };
  },
});
