import type {
  DetectedFace,
  Legibility,
  PictureHandle,
  QualityFilter,
} from '../layers/inference/index.ts';
import { qualityReasons } from '../layers/inference/index.ts';
import type { Infer } from '../layers/protocol/index.ts';
import {
  COMMON_ERRORS,
  enumeration,
  IMAGE_ERRORS,
  list,
  members,
  operation,
  string,
  structure,
} from '../layers/protocol/index.ts';
import { faceDetail } from './common/face-members.ts';
import { noteMatches } from './common/retention.ts';
import { embeddedFor, search } from './common/searching.ts';
import type { Services } from './common/services.ts';
import { userMatches } from './common/users.ts';

const UnsearchedFace = structure({
  FaceDetails: members.FaceDetail,
  Reasons: list(
    enumeration(
      'FACE_NOT_LARGEST',
      'EXCEEDS_MAX_FACES',
      'EXTREME_POSE',
      'LOW_BRIGHTNESS',
      'LOW_SHARPNESS',
      'LOW_CONFIDENCE',
      'SMALL_BOUNDING_BOX',
      'LOW_FACE_QUALITY',
    ),
  ),
});

/**
 * Finds the users of a collection who resemble the largest face of a photograph. If there is no face, or
 * the largest does not pass the quality filter, nobody is searched for, and that is no error.
 */
export const SearchUsersByImage = operation({
  name: 'SearchUsersByImage',
  input: structure(
    {
      CollectionId: members.CollectionId,
      Image: members.Image,
      UserMatchThreshold: members.Percent,
      MaxUsers: members.MaxUserResults,
      QualityFilter: members.QualityFilter,
    },
    ['CollectionId', 'Image'],
  ),
  output: structure({
    UserMatches: list(members.UserMatch, { max: 500 }),
    FaceModelVersion: string(),
    SearchedFace: structure({ FaceDetail: members.FaceDetail }),
    UnsearchedFaces: list(UnsearchedFace),
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
    const { MaxUsers = 500, UserMatchThreshold = 80, QualityFilter = 'NONE' } = input;
    const collection = await records.collections.get(input.CollectionId);
    const picture = await inference.read(await images.load(input.Image));
    const faces = await inference.findFaces(picture);
    const [largest] = faces;
    const read = largest && (await embeddedFor(inference, picture, collection, largest));
    inference.release(picture);
    const { searched, unsearched } = sort(faces, read?.own.legibility, picture, QualityFilter);
    const found =
      read === undefined || searched.length === 0
        ? []
        : await search(indexes.users, faceModels, collection, {
            vectors: read.vectors,
            limit: MaxUsers,
            threshold: UserMatchThreshold,
          });
    await noteMatches(
      { records },
      collection,
      found.flatMap(({ record }) => record.faceIds),
    );
    return {
      UserMatches: userMatches(found),
      FaceModelVersion: collection.faceModel,
      SearchedFace: searched[0] && { FaceDetail: faceDetail(searched[0]) },
      UnsearchedFaces: unsearched,
    };
  },
});

interface Sorted {
  /** The largest face, or none. */
  readonly searched: readonly DetectedFace[];
  readonly unsearched: Infer<typeof UnsearchedFace>[];
}

/**
 * @param faces largest first
 * @param legibility of the first
 */
function sort(
  faces: readonly DetectedFace[],
  legibility: Legibility | undefined,
  picture: PictureHandle,
  filter: QualityFilter,
): Sorted {
  const reasons = faces.map((face, i) =>
    qualityReasons(face, picture, filter, i === 0 ? legibility : undefined),
  );
  const searched = faces.filter((_, i) => i === 0 && reasons[i]?.length === 0);
  const unsearched = faces.flatMap((face, i) => {
    if (searched.includes(face)) return [];
    const quality = reasons[i] ?? [];
    const Reasons = quality.length > 0 ? [...quality] : (['FACE_NOT_LARGEST'] as const);
    return [{ FaceDetails: faceDetail(face), Reasons: [...Reasons] }];
  });
  return { searched, unsearched };
}
