import {
  COMMON_ERRORS,
  extensionContract,
  integer,
  list,
  members,
  string,
  structure,
} from '../../../layers/protocol/index.ts';

const SuggestedUser = structure({
  Face: members.Face,
  FaceMatches: list(members.FaceMatch),
  UserMatches: list(members.UserMatch),
});

/**
 * Groups of faces that belong to nobody and seem to be of one person, page by page: a face and those that
 * resemble it. Each face is in one group. A page may be empty and yet have a NextToken.
 */
export const suggestUsers = extensionContract({
  name: 'SuggestUsers',
  summary: 'groups the faces without a user that seem to be of one person',
  input: structure(
    {
      CollectionId: members.CollectionId,
      SimilarityThreshold: members.Percent,
      MinFaces: integer({ min: 1, max: 100 }),
      MaxResults: integer({ min: 1, max: 100 }),
      NextToken: members.PaginationToken,
    },
    ['CollectionId'],
  ),
  output: structure({
    SuggestedUsers: list(SuggestedUser),
    FaceModelVersion: string(),
    NextToken: members.PaginationToken,
  }),
  errors: [...COMMON_ERRORS, 'InvalidPaginationTokenException', 'ResourceNotFoundException'],
  uses: {
    records: ['BatchGetItem', 'GetItem', 'Query'],
    shards: 'read',
    images: false,
    inference: false,
    jobs: ['fold'],
  },
});
