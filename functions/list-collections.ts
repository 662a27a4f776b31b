import { createHash } from 'node:crypto';
import {
  COMMON_ERRORS,
  decodeToken,
  encodeToken,
  LONGEST_POSITION,
  list,
  members,
  operation,
  string,
  structure,
} from '../layers/protocol/index.ts';
import type { CollectionLine, Records } from '../layers/records/index.ts';
import { DEFAULT_PAGE_SIZE, takePage } from './common/pages.ts';
import type { Services } from './common/services.ts';

const SCOPE = ['ListCollections'];

/** Lists collections in the order of their ids; the two lists of the answer run in parallel. */
export const ListCollections = operation({
  name: 'ListCollections',
  input: structure({ NextToken: members.PaginationToken, MaxResults: members.PageSize }),
  output: structure({
    CollectionIds: list(members.CollectionId),
    NextToken: members.PaginationToken,
    FaceModelVersions: list(string()),
  }),
  errors: [...COMMON_ERRORS, 'InvalidPaginationTokenException', 'ResourceNotFoundException'],
  uses: { records: ['Query'], shards: 'none', images: false, inference: false, jobs: [] },
  async handler({ NextToken, MaxResults }, { records }: Services) {
    const position = decodeToken(SCOPE, NextToken);
    const following =
      position === undefined ? records.collections.list() : resume(records, position);
    const { items, last } = await takePage(following, MaxResults || DEFAULT_PAGE_SIZE);
    return {
      CollectionIds: items.map(({ id }) => id),
      FaceModelVersions: items.map(({ faceModel }) => faceModel),
      NextToken: last && encodeToken(SCOPE, positionOf(last.id)),
    };
  },
});

const DIGEST_LENGTH = 32;
const SEPARATOR = '/';

/** An id of up to 255 characters does not fit a token; a long one is its beginning and a digest. */
function positionOf(id: string): string {
  return id.length <= LONGEST_POSITION
    ? id
    : id.slice(0, LONGEST_POSITION - DIGEST_LENGTH - SEPARATOR.length) + SEPARATOR + digest(id);
}

async function* resume({ collections }: Records, position: string): AsyncGenerator<CollectionLine> {
  const [prefix = '', expected] = position.split(SEPARATOR);
  if (expected === undefined) {
    yield* collections.list(position);
    return;
  }
  // Everything that shares the beginning and comes up to the id itself has been listed. If the id has
  // been deleted since, nothing tells where it stood: what shares the beginning is listed again.
  const skipped: CollectionLine[] = [];
  let found = false;
  for await (const line of collections.list(prefix)) {
    if (found) yield line;
    else if (!line.id.startsWith(prefix)) {
      yield* skipped.splice(0);
      found = true;
      yield line;
    } else if (digest(line.id) === expected) found = true;
    else skipped.push(line);
  }
  if (!found) yield* skipped;
}

function digest(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, DIGEST_LENGTH);
}
