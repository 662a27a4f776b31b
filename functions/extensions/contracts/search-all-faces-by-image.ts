import {
  COMMON_ERRORS,
  extensionContract,
  IMAGE_ERRORS,
  integer,
  list,
  members,
  string,
  structure,
} from '../../../layers/protocol/index.ts';

/**
 * Of each face at most as many: a hundred faces with a hundred matches each still fit into the six
 * megabytes that a Lambda function may answer.
 */
const MaxMatches = integer({ min: 1, max: 100 });

const SearchedFace = structure({
  FaceDetail: members.FaceDetail,
  FaceMatches: list(members.FaceMatch),
  UserMatches: list(members.UserMatch),
});
const UnsearchedFace = structure({
  FaceDetail: members.FaceDetail,
  Reasons: list(members.Reason),
});

/**
 * Searches with every face of a photograph that passes the filter, largest first: the faces of the
 * collection that resemble it, and the users. A photograph without faces has no answers, and is no error.
 */
export const searchAllFacesByImage = extensionContract({
  name: 'SearchAllFacesByImage',
  summary: 'finds the faces and users that resemble each face of a photograph',
  input: structure(
    {
      CollectionId: members.CollectionId,
      Image: members.Image,
      MaxFaces: MaxMatches,
      FaceMatchThreshold: members.Percent,
      MaxUsers: MaxMatches,
      UserMatchThreshold: members.Percent,
      QualityFilter: members.QualityFilter,
    },
    ['CollectionId', 'Image'],
  ),
  output: structure({
    SearchedFaces: list(SearchedFace),
    UnsearchedFaces: list(UnsearchedFace),
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
});
