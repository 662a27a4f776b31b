import { COMMON_ERRORS, members, operation, structure } from '../layers/protocol/index.ts';
import type { Services } from './common/services.ts';
import { tokenRequest } from './common/users.ts';
import { withCollection } from './common/with-collection.ts';

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
  async handler(input, services: Services) {
    const request = tokenRequest('CreateUser', input);
    await withCollection(services, input.CollectionId, (collection) =>
      services.records.users.create(collection, input.UserId, request),
    );
    return {};
  },
});
