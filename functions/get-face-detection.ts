import type { Infer } from '../layers/protocol/index.ts';
import { list, members, operation, structure } from '../layers/protocol/index.ts';
import type { Services } from './common/services.ts';
import { JOB_ERRORS, jobInput, jobOutput } from './video/job-contract.ts';
import { jobMembers } from './video/videos.ts';

/** The faces of a stored video, in the order of time, once the job has succeeded. */
export const GetFaceDetection = operation({
  name: 'GetFaceDetection',
  input: structure(jobInput, ['JobId']),
  output: structure({ ...jobOutput, Faces: list(members.FaceDetection) }),
  errors: JOB_ERRORS,
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
