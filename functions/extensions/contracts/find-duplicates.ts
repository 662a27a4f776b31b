import {
  COMMON_ERRORS,
  enumeration,
  extensionContract,
  integer,
  list,
  members,
  string,
  structure,
} from '../../../layers/protocol/index.ts';

const FacePair = structure({
  Similarity: members.Percent,
  Face: members.Face,
  OtherFace: members.Face,
});
const UserPair = structure({
  Similarity: members.Percent,
  User: members.User,
  OtherUser: members.User,
});

/**
 * Pairs of faces, or of users, that are at least as similar as the threshold: all there are, each once, page
 * by page. A page may be empty and yet have a NextToken: it is what was found in the time of a request.
 */
export const findDuplicates = extensionContract({
  name: 'FindDuplicates',
  summary: 'finds pairs of faces, or of users, that resemble each other',
  input: structure(
    {
      CollectionId: members.CollectionId,
      Of: enumeration('FACES', 'USERS'),
      SimilarityThreshold: members.Percent,
      MaxResults: integer({ min: 1, max: 1000 }),
      NextToken: members.PaginationToken,
    },
    ['CollectionId'],
  ),
  output: structure({
    FacePairs: list(FacePair),
    UserPairs: list(UserPair),
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
