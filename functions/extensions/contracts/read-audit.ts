import {
  COMMON_ERRORS,
  extensionContract,
  integer,
  list,
  members,
  string,
  structure,
} from '../../../layers/protocol/index.ts';

/**
 * A page of the audit trail, chain after chain, each line exactly as it was written: the hashes are those of
 * these texts. Only a key that names this operation may call it.
 */
export const readAudit = extensionContract({
  name: 'ReadAudit',
  summary: 'writes the audit trail: who did what, and whom a search returned',
  onlyByName: true,
  input: structure({
    NextToken: members.PaginationToken,
    MaxResults: integer({ min: 1, max: 1000 }),
  }),
  output: structure({ Lines: list(string()), NextToken: string() }),
  errors: [...COMMON_ERRORS, 'InvalidPaginationTokenException'],
  uses: {
    records: [],
    shards: 'none',
    images: false,
    inference: false,
    audit: true,
    jobs: [],
  },
});
