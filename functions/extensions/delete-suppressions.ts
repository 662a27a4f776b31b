import { extension } from '../../layers/protocol/index.ts';
import type { Services } from '../common/services.ts';
import { deleteSuppressions } from './contracts/delete-suppressions.ts';

export const DeleteSuppressions = extension(
  deleteSuppressions,
  async ({ CollectionId, SuppressionIds }, { records }: Services) => {
    const collection = await records.collections.get(CollectionId);
    await records.suppressions.delete(collection, SuppressionIds);
    return {};
  },
);
