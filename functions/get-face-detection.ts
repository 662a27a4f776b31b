import type { Infer } from '../layers/protocol/index.ts';
import {
  COMMON_ERRORS,
  integer,
  list,
  members,
  operation,
  string,
  structure,
} from '../layers/protocol/index.ts';
import type { Services } from './common/services.ts';
import { jobMembers } from './video/videos.ts';

/** The faces of a stored video, in the order of time, once the job has succeeded. */
export const GetFaceDetection = operation({
  name: 'GetFaceDetection',
  input: structure(
    {
      JobId: members.JobId,
      MaxResults: integer({ min: 1 }),
      NextToken: members.PaginationToken,
    },
    ['JobId'],
  ),
  output: structure({
    JobStatus: members.VideoJobStatus,
    StatusMessage: string(),
    VideoMetadata: members.VideoMetadata,
    NextToken: members.PaginationToken,
    Faces: list(members.FaceDetection),
    JobId: members.JobId,
    Video: members.Video,
    JobTag: members.JobTag,
  }),
  errors: [...COMMON_ERRORS, 'InvalidPaginationTokenException', 'ResourceNotFoundException'],
  uses: {
    records: ['GetItem'],
    shards: 'none',
    images: false,
    inference: false,
    videos: 'read',
    jobs: [],
  },
  async handler({ JobId, MaxResults, NextToken }, { videos }: Services) {
    const { job, rows, nextToken } = await videos.page({
      operation: 'StartFaceDetection',
      jobId: JobId,
      order: 'TIMESTAMP',
      size: MaxResults,
      token: NextToken,
    });
    return {
      ...jobMembers(job),
      NextToken: nextToken,
      Faces: rows.map((row): Infer<typeof members.FaceDetection> => JSON.parse(row)),
    };
  },
});
