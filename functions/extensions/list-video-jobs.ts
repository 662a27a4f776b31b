import { extension } from '../../layers/protocol/index.ts';
import type { VideoJob } from '../../layers/records/index.ts';
import type { Services } from '../common/services.ts';
import { jobMembers } from '../video/videos.ts';
import { listVideoJobs } from './contracts/list-video-jobs.ts';

export const ListVideoJobs = extension(listVideoJobs, async (_, { videos }: Services) => {
  const jobs = await videos.list();
  return { Jobs: jobs.sort((a, b) => b.createdAt - a.createdAt).map(jobMember) };
});

function jobMember(job: VideoJob) {
  const { JobId, JobStatus, StatusMessage, JobTag, Video } = jobMembers(job);
  const { request, plan, done, createdAt, finishedAt } = job;
  return {
    JobId,
    API: request.operation,
    JobStatus,
    StatusMessage,
    Progress: plan === undefined ? 0 : (100 * Math.min(done, plan.parts)) / plan.parts,
    CollectionId: request.collection?.id,
    Video,
    JobTag,
    DurationMillis: plan?.metadata.DurationMillis,
    CreationTimestamp: new Date(createdAt),
    CompletionTimestamp: finishedAt === undefined ? undefined : new Date(finishedAt),
  };
}
