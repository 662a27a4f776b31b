import {
  COMMON_ERRORS,
  enumeration,
  extensionContract,
  integer,
  list,
  members,
  string,
  structure,
  timestamp,
} from '../../../layers/protocol/index.ts';

const VideoJob = structure({
  JobId: members.JobId,
  API: enumeration('StartFaceSearch', 'StartFaceDetection'),
  JobStatus: members.VideoJobStatus,
  StatusMessage: string(),
  /** Percent of the video that has been looked at. */
  Progress: members.Percent,
  CollectionId: members.CollectionId,
  Video: members.Video,
  JobTag: members.JobTag,
  DurationMillis: integer({ min: 0 }),
  CreationTimestamp: timestamp,
  CompletionTimestamp: timestamp,
});

/** The jobs on stored video that there are, the newest first: for seven days after they have ended. */
export const listVideoJobs = extensionContract({
  name: 'ListVideoJobs',
  summary: 'lists the jobs on stored video and how far each is',
  input: structure({}),
  output: structure({ Jobs: list(VideoJob) }),
  errors: COMMON_ERRORS,
  uses: {
    records: ['Query'],
    shards: 'none',
    images: false,
    inference: false,
    videos: 'read',
    jobs: [],
  },
});
