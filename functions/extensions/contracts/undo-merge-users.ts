import {
  COMMON_ERRORS,
  extensionContract,
  list,
  members,
  structure,
} from '../../../layers/protocol/index.ts';
import { MergeId } from './merge-users.ts';

/**
 * Makes two users of one again, as they were before MergeUsers. Faces that have left the user since, or are
 * deleted, do not come back. May be repeated until it has answered.
 */
export const undoMergeUsers = extensionContract({
  name: 'UndoMergeUsers',
  summary: 'makes two users again of what MergeUsers made one',
  input: structure({ CollectionId: members.CollectionId, MergeId }, ['CollectionId', 'MergeId']),
  output: structure({
    UserId: members.UserId,
    SourceUserId: members.UserId,
    ReturnedFaceIds: list(members.FaceId),
    LostFaceIds: list(members.FaceId),
  }),
  errors: [...COMMON_ERRORS, 'ConflictException', 'ResourceNotFoundException'],
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
});
