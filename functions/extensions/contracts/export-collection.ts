import {
  COMMON_ERRORS,
  extensionContract,
  integer,
  list,
  members,
  string,
  structure,
} from '../../../layers/protocol/index.ts';
import { ExportedCollection, ExportedFace, ExportedSuppression, ExportedUser } from './exported.ts';

/**
 * A page of everything that a collection holds: first its faces with their vectors, in the order of their
 * ids, then its users, then what it keeps out. What changes between pages may be seen as before or as after.
 */
export const exportCollection = extensionContract({
  name: 'ExportCollection',
  summary: 'writes a collection with its vectors, users and tags to a file',
  input: structure(
    {
      CollectionId: members.CollectionId,
      NextToken: members.PaginationToken,
      /** Of 1,024 dimensions a thousand faces take the six megabytes that a Lambda function may answer. */
      MaxResults: integer({ min: 1, max: 1000 }),
    },
    ['CollectionId'],
  ),
  output: structure({
    Collection: ExportedCollection,
    Faces: list(ExportedFace),
    Users: list(ExportedUser),
    Suppressions: list(ExportedSuppression),
    NextToken: string(),
  }),
  errors: [
    ...COMMON_ERRORS,
    'ConflictException',
    'InvalidPaginationTokenException',
    'ResourceNotFoundException',
  ],
  uses: {
    records: ['GetItem', 'Query'],
    shards: 'none',
    images: false,
    inference: false,
    faceModels: true,
    jobs: [],
  },
});
