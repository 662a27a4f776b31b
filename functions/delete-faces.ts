import type { Infer } from '../layers/protocol/index.ts';
import {
  COMMON_ERRORS,
  enumeration,
  list,
  members,
  operation,
  structure,
} from '../layers/protocol/index.ts';
import { encodeIds } from '../layers/vectors/index.ts';
import type { Services } from './common/services.ts';

const Reason = enumeration('ASSOCIATED_TO_AN_EXISTING_USER', 'FACE_NOT_FOUND');
const UnsuccessfulFaceDeletion = structure({
  FaceId: members.FaceId,
  UserId: members.UserId,
  Reasons: list(Reason),
});

/** Deletes faces. From the answer on no search finds them; the next fold takes them out of the shards. */
export const DeleteFaces = operation({
  name: 'DeleteFaces',
  input: structure({ CollectionId: members.CollectionId, FaceIds: members.FaceIdList }, [
    'CollectionId',
    'FaceIds',
  ]),
  output: structure({
    DeletedFaces: members.FaceIdList,
    UnsuccessfulFaceDeletions: list(UnsuccessfulFaceDeletion, { min: 0, max: 4096 }),
  }),
  errors: [...COMMON_ERRORS, 'ResourceNotFoundException'],
  uses: {
    records: ['DeleteItem', 'GetItem', 'PutItem', 'UpdateItem'],
    shards: 'none',
    images: false,
    inference: false,
    jobs: ['fold'],
  },
  async handler({ CollectionId, FaceIds }, { records, jobs }: Services) {
    const collection = await records.collections.get(CollectionId);
    const ids = [...new Set(FaceIds)];
    const { deleted, refused } = await records.faces.delete(collection, ids, encodeIds);
    if (deleted.length > 0) await jobs.tailGrew(collection, 'faces', deleted.length);
    return {
      DeletedFaces: deleted,
      UnsuccessfulFaceDeletions: refused.map(({ id, userId }) => ({
        FaceId: id,
        UserId: userId,
        Reasons: [reason(userId)],
      })),
    };
  },
});

function reason(userId: string | undefined): Infer<typeof Reason> {
  return userId === undefined ? 'FACE_NOT_FOUND' : 'ASSOCIATED_TO_AN_EXISTING_USER';
}
