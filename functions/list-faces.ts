import {
  COMMON_ERRORS,
  decodeToken,
  encodeToken,
  list,
  members,
  operation,
  string,
  structure,
} from '../layers/protocol/index.ts';
import type { Collection, FaceLine, Records } from '../layers/records/index.ts';
import { faceMember } from './common/face-members.ts';
import { DEFAULT_PAGE_SIZE, takePage } from './common/pages.ts';
import type { Services } from './common/services.ts';

/** Lists the faces of a collection, or some of them, in the order of their ids. */
export const ListFaces = operation({
  name: 'ListFaces',
  input: structure(
    {
      CollectionId: members.CollectionId,
      NextToken: members.PaginationToken,
      MaxResults: members.PageSize,
      UserId: members.UserId,
      FaceIds: members.FaceIdList,
    },
    ['CollectionId'],
  ),
  output: structure({ Faces: list(members.Face), NextToken: string(), FaceModelVersion: string() }),
  errors: [...COMMON_ERRORS, 'InvalidPaginationTokenException', 'ResourceNotFoundException'],
  uses: {
    records: ['BatchGetItem', 'GetItem', 'Query'],
    shards: 'none',
    images: false,
    inference: false,
    jobs: [],
  },
  async handler({ CollectionId, NextToken, MaxResults, UserId, FaceIds }, { records }: Services) {
    const collection = await records.collections.get(CollectionId);
    const scope = ['ListFaces', collection.generation, UserId ?? '', ...(FaceIds ?? [])];
    const after = decodeToken(scope, NextToken);
    const size = MaxResults || DEFAULT_PAGE_SIZE;
    const ids = await namedIds(records, collection, FaceIds, UserId);
    const following =
      ids === undefined
        ? records.faces.list(collection, { after, expected: size + 1 })
        : chosen(records, collection, { ids, after, userId: UserId });
    const { items, last } = await takePage(following, size);
    return {
      Faces: items.map(faceMember),
      NextToken: last && encodeToken(scope, last.id),
      FaceModelVersion: collection.faceModel,
    };
  },
});

/** The ids that the request names, by themselves or as those of a user; undefined for all there are. */
async function namedIds(
  { users }: Records,
  collection: Collection,
  ids: readonly string[] | undefined,
  userId: string | undefined,
): Promise<readonly string[] | undefined> {
  if (userId === undefined) return ids;
  const user = await users.get(collection, userId);
  return (user?.faceIds ?? []).filter((id) => ids === undefined || ids.includes(id));
}

interface Choice {
  readonly ids: readonly string[];
  readonly after: string | undefined;
  readonly userId: string | undefined;
}

async function* chosen(
  { faces }: Records,
  collection: Collection,
  { ids, after = '', userId }: Choice,
): AsyncGenerator<FaceLine> {
  const remaining = [...new Set(ids)].sort().filter((id) => id > after);
  for (const line of await faces.lines(collection, remaining)) {
    if (userId === undefined || line.userId === userId) yield line;
  }
}
