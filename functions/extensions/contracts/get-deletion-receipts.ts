import {
  COMMON_ERRORS,
  extensionContract,
  list,
  members,
  string,
  structure,
  timestamp,
} from '../../../layers/protocol/index.ts';

const SignedReceipt = structure({
  Statement: string(),
  Signature: string(),
  KeyId: string(),
});

/**
 * Receipts of deletions in a collection of that id, whether it still exists or not, oldest first: all of
 * them, those of a time, or those that speak of one face or user. What has not reached every place yet has a
 * receipt that says so.
 */
export const getDeletionReceipts = extensionContract({
  name: 'GetDeletionReceipts',
  summary: 'fetches signed receipts of what was deleted',
  input: structure(
    {
      CollectionId: members.CollectionId,
      FaceId: members.FaceId,
      UserId: members.UserId,
      DeletedAfter: timestamp,
      DeletedBefore: timestamp,
      MaxResults: members.PageSize,
      NextToken: members.PaginationToken,
    },
    ['CollectionId'],
  ),
  output: structure({
    Receipts: list(SignedReceipt),
    PublicKey: string(),
    NextToken: members.PaginationToken,
  }),
  errors: [...COMMON_ERRORS, 'InvalidPaginationTokenException'],
  uses: {
    records: ['Query'],
    shards: 'none',
    images: false,
    inference: false,
    signing: true,
    jobs: [],
  },
});
