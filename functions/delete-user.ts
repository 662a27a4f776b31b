import { COMMON_ERRORS, members, operation, structure } from '../layers/protocol/index.ts';
import type { Services } from './common/services.ts';
import { tokenRequest, USER_TAIL } from './common/users.ts';
import { withCollection } from './common/with-collection.ts';

/** Deletes a user. Its faces stay in the collection and belong to nobody. */
export const DeleteUser = operation({
  name: 'DeleteUser',
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
  ],
  uses: {
    records: [
      'BatchGetItem',
      'ConditionCheckItem',
      'DeleteItem',
      'GetItem',
      'PutItem',
      'UpdateItem',
    ],
    shards: 'none',
    images: false,
    inference: false,
    jobs: ['fold'],
  },
  async handler(input, services: Services) {
    const request = tokenRequest('DeleteUser', input);
    return withCollection(services, input.CollectionId, async (collection) => {
      await services.records.users.delete(collection, input.UserId, request, USER_TAIL);
      await services.jobs.tailGrew(collection, 'users', 1);
      return {};
    });
  },
});
