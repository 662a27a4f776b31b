import { decodeToken, encodeToken, extension } from '../../layers/protocol/index.ts';
import { DEFAULT_PAGE_SIZE, takePage } from '../common/pages.ts';
import type { Services } from '../common/services.ts';
import { listSuppressions } from './contracts/list-suppressions.ts';

export const ListSuppressions = extension(
  listSuppressions,
  async ({ CollectionId, MaxResults, NextToken }, { records }: Services) => {
    const collection = await records.collections.get(CollectionId);
    const scope = ['ListSuppressions', CollectionId];
    const listed = records.suppressions.list(collection, decodeToken(scope, NextToken));
    const { items, last } = await takePage(listed, MaxResults || DEFAULT_PAGE_SIZE);
    return {
      Suppressions: items.map(({ id, kind, similarity, addedAt }) => ({
        SuppressionId: id,
        Kind: kind,
        Similarity: similarity,
        CreationTimestamp: new Date(addedAt),
      })),
      ...(last && { NextToken: encodeToken(scope, last.id) }),
    };
  },
);
