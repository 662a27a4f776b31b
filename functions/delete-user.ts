import { COMMON_ERRORS, members, operation, structure } from '../layers/protocol/index.ts';
import type { Services } from './common/services.ts';
import { tokenRequest, userTail } from './common/users.ts';

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
    records: ['DeleteItem', 'GetItem', 'PutItem', 'UpdateItem'],
    shards: 'none',
    images: false,
    inference: false,
    jobs: ['fold'],
  },
  async handler(input, { records, jobs }: Services) {
    const collection = await records.collections.get(input.CollectionId);
    const request = tokenRequest('DeleteUser', input);
    await records.users.delete(collection, input.UserId, request, userTail(collection));
    await jobs.tailGrew(collection, 'users', 1);
    return {};
  },
});
