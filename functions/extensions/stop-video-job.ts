import { extension } from '../../layers/protocol/index.ts';
import type { Services } from '../common/services.ts';
import { stopVideoJob } from './contracts/stop-video-job.ts';

export const StopVideoJob = extension(stopVideoJob, async ({ JobId }, { videos }: Services) => {
  const { status } = await videos.stop(JobId);
  return { JobStatus: status };
});
