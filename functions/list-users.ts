import {
  COMMON_ERRORS,
  decodeToken,
  encodeToken,
  list,
  members,
  operation,
  structure,
} from '../layers/protocol/index.ts';
import { takePage } from './common/pages.ts';
import type { Services } from './common/services.ts';

const PAGE_SIZE = 500;

/** Lists the users of a collection, in the order of keys that the service makes from their ids. */
export const ListUsers = operation({
  name: 'ListUsers',
  input: structure(
    {
      CollectionId: members.CollectionId,
      MaxResults: members.MaxUserResults,
      NextToken: members.PaginationToken,
    },
    ['CollectionId'],
  ),
  output: structure({
    Users: list(members.User, { max: 500 }),
    NextToken: members.PaginationToken,
  }),
  errors: [...COMMON_ERRORS, 'InvalidPaginationTokenException', 'ResourceNotFoundException'],
  uses: {
    records: ['GetItem', 'Query'],
    shards: 'none',
    images: false,
    inference: false,
    jobs: [],
  },
  async handler({ CollectionId, NextToken, MaxResults = PAGE_SIZE }, { records }: Services) {
    const collection = await records.collections.get(CollectionId);
    const scope = ['ListUsers', collection.generation];
    const after = decodeToken(scope, NextToken);
    const following = records.users.list(collection, { after, expected: MaxResults + 1 });
    const { items, last } = await takePage(following, MaxResults);
    return {
      Users: items.map(({ userId, status }) => ({ UserId: userId, UserStatus: status })),
      NextToken: last && encodeToken(scope, last.id),
    };
  },
});
