import { list, members, operation, structure } from '../layers/protocol/index.ts';
import type { Services } from './common/services.ts';
import { JOB_ERRORS, jobInput, jobOutput } from './video/job-contract.ts';
import { personMatches } from './video/person-matches.ts';
import { jobMembers } from './video/videos.ts';

/**
 * Who was seen in a stored video and whom of a collection each resembles, once the job has succeeded. Faces of
 * the collection are told as they are now; those that have been deleted since are not.
 */
export const GetFaceSearch = operation({
  name: 'GetFaceSearch',
  input: structure({ ...jobInput, SortBy: members.FaceSearchSortBy }, ['JobId']),
  output: structure({ ...jobOutput, Persons: list(members.PersonMatch) }),
  errors: JOB_ERRORS,
  uses: {
    records: ['BatchGetItem', 'GetItem'],
    shards: 'none',
    images: false,
    inference: false,
    videos: 'read',
    jobs: [],
  },
  async handler({ JobId, MaxResults, NextToken, SortBy }, { videos, records }: Services) {
    const { job, rows, nextToken } = await videos.page({
      operation: 'StartFaceSearch',
      jobId: JobId,
      order: SortBy ?? 'TIMESTAMP',
      size: MaxResults,
      token: NextToken,
    });
    return {
      ...jobMembers(job),
      NextToken: nextToken,
      Persons: rows.length === 0 ? [] : await personMatches(videos, records, job, rows),
    };
  },
});
