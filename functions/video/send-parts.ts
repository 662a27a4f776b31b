/**
 * Which parts are looked at next. Parts of a job are in lanes, every n-th in one; the end of a part asks for the
 * next of its lane. So a job takes up a few places of the queue however long its video is, and jobs take turns.
 */
import type { PlannedJob, VideoWork } from './work.ts';

type Sending = Pick<VideoWork, 'records' | 'queue' | 'lanes'>;

/** Asks for the first part of each lane that is not done, or for the end of the job. */
export async function sendParts(
  { records, queue, lanes }: Sending,
  { id, plan }: PlannedJob,
): Promise<void> {
  const done = await records.videoJobs.doneParts(id);
  if (done.size >= plan.parts) return queue.send({ step: 'merge', jobId: id });
  for (let lane = 0; lane < lanes; lane++) {
    for (let part = lane; part < plan.parts; part += lanes) {
      if (done.has(part)) continue;
      await queue.send({ step: 'part', jobId: id, part });
      break;
    }
  }
}

/** Asks for what comes after a part that is done. */
export async function sendNext(
  { records, queue, lanes }: Sending,
  { id, plan, done }: PlannedJob,
  part: number,
): Promise<void> {
  if (done >= plan.parts) return queue.send({ step: 'merge', jobId: id });
  const next = part + lanes;
  if (next >= plan.parts || (await records.videoJobs.isPartDone(id, next))) return;
  await queue.send({ step: 'part', jobId: id, part: next });
}
