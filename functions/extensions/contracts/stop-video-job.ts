import {
  COMMON_ERRORS,
  extensionContract,
  members,
  structure,
} from '../../../layers/protocol/index.ts';

/** Ends a job on stored video that is in progress: it has FAILED then. One that has ended is left as it is. */
export const stopVideoJob = extensionContract({
  name: 'StopVideoJob',
  summary: 'stops a job on stored video',
  input: structure({ JobId: members.JobId }, ['JobId']),
  output: structure({ JobStatus: members.VideoJobStatus }),
  errors: [...COMMON_ERRORS, 'ResourceNotFoundException'],
  uses: {
    records: ['GetItem', 'PutItem', 'UpdateItem'],
    shards: 'none',
    images: false,
    inference: false,
    videos: 'start',
    jobs: [],
  },
});
