import { extension } from '../../layers/protocol/index.ts';
import { vectorFrom } from '../common/merging.ts';
import type { Services } from '../common/services.ts';
import { userTail } from '../common/users.ts';
import { undoMergeUsers } from './contracts/undo-merge-users.ts';

export const UndoMergeUsers = extension(
  undoMergeUsers,
  async ({ CollectionId, MergeId }, { records, jobs }: Services) => {
    const collection = await records.collections.get(CollectionId);
    const { source, target, faceIds, returned } = await records.merges.undo(
      collection,
      MergeId,
      userTail(collection),
      vectorFrom(records, collection),
    );
    await jobs.tailGrew(collection, 'users', 2);
    const back = new Set(returned);
    return {
      UserId: target,
      SourceUserId: source,
      ReturnedFaceIds: [...returned],
      LostFaceIds: faceIds.filter((id) => !back.has(id)),
    };
  },
);
