import {
  boolean,
  COMMON_ERRORS,
  extensionContract,
  list,
  members,
  string,
  structure,
} from '../../../layers/protocol/index.ts';

export const MergeId = string({ min: 1, max: 64, pattern: '[0-9A-Z]+' });

const MergedFace = structure({ FaceId: members.FaceId, Similarity: members.Percent });

/**
 * Makes one user of two: the faces of the source become faces of the user, and the source is no more. With
 * Preview it only says what would come of it. UndoMergeUsers takes it back within 30 days.
 */
export const mergeUsers = extensionContract({
  name: 'MergeUsers',
  summary: 'makes one user of two, or says what would come of it',
  input: structure(
    {
      CollectionId: members.CollectionId,
      UserId: members.UserId,
      SourceUserId: members.UserId,
      Preview: boolean,
      ClientRequestToken: members.ClientRequestToken,
    },
    ['CollectionId', 'UserId', 'SourceUserId'],
  ),
  output: structure({
    MergeId,
    Similarity: members.Percent,
    MergedFaces: list(MergedFace),
    FaceCount: members.UInteger,
  }),
  errors: [
    ...COMMON_ERRORS,
    'ConflictException',
    'IdempotentParameterMismatchException',
    'ResourceNotFoundException',
    'ServiceQuotaExceededException',
  ],
  uses: {
    records: [
      'BatchGetItem',
      'ConditionCheckItem',
      'DeleteItem',
      'GetItem',
      'PutItem',
      'Query',
      'UpdateItem',
    ],
    shards: 'none',
    images: false,
    inference: false,
    faceModels: true,
    jobs: ['fold'],
  },
});
