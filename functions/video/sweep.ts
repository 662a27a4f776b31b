/**
 * What runs by the clock: jobs that came to a stop because a message was lost go on, notifications that were not
 * sent are sent, and what has expired goes.
 */
import type { VideoJob } from '../../layers/records/index.ts';
import { sendParts } from './send-parts.ts';
import { isPlanned, type VideoWork } from './work.ts';

export async function sweepVideos(work: VideoWork): Promise<void> {
  const { records, results, queue } = work;
  // First the objects: a job that begins meanwhile is then among the jobs.
  const left = await results.jobs();
  const jobs = await records.videoJobs.list();
  const kept = new Set<string>();
  for (const job of jobs) {
    if (records.videoJobs.hasExpired(job)) {
      await results.delete(job.id);
      await records.videoJobs.forget(job.id);
      continue;
    }
    if (job.status !== 'FAILED') kept.add(job.id);
    if (work.clock() - job.changedAt < work.stuckAfter) continue;
    if (job.status === 'IN_PROGRESS') await resume(work, job);
    else if (job.mustNotify) await queue.send({ step: 'notify', jobId: job.id });
  }
  for (const id of left) {
    if (!kept.has(id)) await results.delete(id);
  }
}

/** Asks for the step that a job waits for. */
async function resume(work: VideoWork, job: VideoJob): Promise<void> {
  const touched = await work.records.videoJobs.touch(job.id);
  if (touched === undefined) return;
  if (isPlanned(touched)) await sendParts(work, touched);
  else await work.queue.send({ step: 'plan', jobId: job.id });
}
