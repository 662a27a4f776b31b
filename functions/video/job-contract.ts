/** What the operations that answer for a job on stored video have in common. */
import { COMMON_ERRORS, integer, members, string } from '../../layers/protocol/index.ts';

/** Members of the input; JobId is required. */
export const jobInput = {
  JobId: members.JobId,
  MaxResults: integer({ min: 1 }),
  NextToken: members.PaginationToken,
};

/** Members of the output, beside the results themselves. */
export const jobOutput = {
  JobStatus: members.VideoJobStatus,
  StatusMessage: string(),
  VideoMetadata: members.VideoMetadata,
  NextToken: members.PaginationToken,
  JobId: members.JobId,
  Video: members.Video,
  JobTag: members.JobTag,
};

export const JOB_ERRORS = [
  ...COMMON_ERRORS,
  'InvalidPaginationTokenException',
  'ResourceNotFoundException',
] as const;
