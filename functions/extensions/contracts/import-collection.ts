import {
  boolean,
  COMMON_ERRORS,
  enumeration,
  extensionContract,
  integer,
  list,
  members,
  structure,
} from '../../../layers/protocol/index.ts';
import {
  ExportedFace,
  ExportedSuppression,
  ExportedUser,
  FaceModelSha256,
  FaceModelVersion,
} from './exported.ts';

const UnassociatedFace = structure({
  UserId: members.UserId,
  FaceId: members.FaceId,
  Reason: enumeration('FACE_NOT_FOUND', 'ASSOCIATED_TO_A_DIFFERENT_USER', 'USER_IS_FULL'),
});

/**
 * Stores what ExportCollection gave, under the same ids. Faces and users that are there stay as they are, so
 * a page may be sent again. Everything is checked before anything is stored.
 */
export const importCollection = extensionContract({
  name: 'ImportCollection',
  summary: 'stores what export-collection wrote, under the same ids',
  input: structure(
    {
      CollectionId: members.CollectionId,
      /** Of the vectors: the collection's must be the same, and so must be the network behind it. */
      FaceModelVersion,
      FaceModelSha256,
      /** Creates the collection, which must not exist, with the tags. */
      Create: boolean,
      /** That FaceIds of the new collection follow from, where it is another. */
      FaceIdModelVersion: FaceModelVersion,
      Tags: members.TagMap,
      Faces: list(ExportedFace, { max: 1000 }),
      Users: list(ExportedUser, { max: 100 }),
      /** Kept out from then on; the faces and users of the same page come in before. */
      Suppressions: list(ExportedSuppression, { max: 100 }),
    },
    ['CollectionId', 'FaceModelVersion'],
  ),
  output: structure({
    Faces: integer(),
    Users: integer(),
    Suppressions: integer(),
    UnassociatedFaces: list(UnassociatedFace),
    /** That the collection keeps out. */
    SuppressedFaces: list(members.FaceId),
  }),
  errors: [
    ...COMMON_ERRORS,
    'ConflictException',
    'ResourceAlreadyExistsException',
    'ResourceNotFoundException',
    'ServiceQuotaExceededException',
  ],
  uses: {
    records: ['BatchGetItem', 'ConditionCheckItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'],
    shards: 'none',
    images: false,
    inference: false,
    faceModels: true,
    jobs: ['fold'],
  },
});
