import {
  COMMON_ERRORS,
  extensionContract,
  list,
  members,
  structure,
  timestamp,
} from '../../../layers/protocol/index.ts';
import { SuppressionId, SuppressionKind } from './suppress-faces.ts';

const Suppression = structure({
  SuppressionId,
  Kind: SuppressionKind,
  Similarity: members.Percent,
  CreationTimestamp: timestamp,
});

/** What is kept from being indexed. Photographs and names are digests: the list names nobody. */
export const listSuppressions = extensionContract({
  name: 'ListSuppressions',
  summary: 'lists what is kept from being indexed',
  input: structure(
    {
      CollectionId: members.CollectionId,
      MaxResults: members.PageSize,
      NextToken: members.PaginationToken,
    },
    ['CollectionId'],
  ),
  output: structure({ Suppressions: list(Suppression), NextToken: members.PaginationToken }),
  errors: [...COMMON_ERRORS, 'InvalidPaginationTokenException', 'ResourceNotFoundException'],
  uses: {
    records: ['GetItem', 'Query'],
    shards: 'none',
    images: false,
    inference: false,
    jobs: [],
  },
});
