import { COMMON_ERRORS, members, operation, structure } from '../layers/protocol/index.ts';
import type { Services } from './common/services.ts';
import { tokenRequest } from './common/users.ts';

/** Creates a user without faces. */
export const CreateUser = operation({
  name: 'CreateUser',
  input: structure(
    {
      CollectionId: members.CollectionId,
      UserId: members.UserId,
      ClientRequestToken: members.ClientRequestToken,
    },
    ['CollectionId', 'UserId'],
  ),
  output: structure({}),
  errors: [
    ...COMMON_ERRORS,
    'ConflictException',
    'IdempotentParameterMismatchException',
    'ResourceNotFoundException',
    'ServiceQuotaExceededException',
  ],
  uses: {
    records: ['GetItem', 'PutItem', 'Query', 'UpdateItem'],
    shards: 'none',
    images: false,
    inference: false,
    jobs: [],
  },
  async handler(input, { records }: Services) {
    const collection = await records.collections.get(input.CollectionId);
    await records.users.create(collection, input.UserId, tokenRequest('CreateUser', input));
    return {};
  },
});
