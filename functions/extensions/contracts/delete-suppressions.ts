import {
  COMMON_ERRORS,
  extensionContract,
  list,
  members,
  structure,
} from '../../../layers/protocol/index.ts';
import { SuppressionId } from './suppress-faces.ts';

/** Lets be indexed again what was kept out. Ids that there are not are passed over. */
export const deleteSuppressions = extensionContract({
  name: 'DeleteSuppressions',
  summary: 'lets faces be indexed again that were kept out',
  input: structure(
    {
      CollectionId: members.CollectionId,
      SuppressionIds: list(SuppressionId, { min: 1, max: 1000 }),
    },
    ['CollectionId', 'SuppressionIds'],
  ),
  output: structure({}),
  errors: [...COMMON_ERRORS, 'ResourceNotFoundException'],
  uses: {
    records: ['DeleteItem', 'GetItem', 'UpdateItem'],
    shards: 'none',
    images: false,
    inference: false,
    jobs: [],
  },
});
