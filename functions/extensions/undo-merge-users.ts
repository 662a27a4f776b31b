import { extension } from '../../layers/protocol/index.ts';
import { vectorFrom } from '../common/merging.ts';
import type { Services } from '../common/services.ts';
import { USER_TAIL } from '../common/users.ts';
import { withCollection } from '../common/with-collection.ts';
import { undoMergeUsers } from './contracts/undo-merge-users.ts';

export const UndoMergeUsers = extension(
  undoMergeUsers,
  async ({ CollectionId, MergeId }, services: Services) => {
    const { records, jobs } = services;
    return withCollection(services, CollectionId, async (collection) => {
      const { source, target, faceIds, returned } = await records.merges.undo(
        collection,
        MergeId,
        USER_TAIL,
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
    });
  },
);
