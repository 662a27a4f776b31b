/**
 * The steps of a job, one message each: plan, parts, merge, notify. Every step may run twice, and may die
 * anywhere; what it has done it finds done.
 *
 * What is wrong with the video for good ends the job at once, with the reason. What may pass fails, and the queue
 * delivers the step again; the third failure ends the job too.
 */
import { FaceModelMissingError } from '../../layers/inference/index.ts';
import { CollectionNotFoundError, type VideoJob } from '../../layers/records/index.ts';
import { clockTime, DecoderMissingError, VideoError } from '../../layers/video/index.ts';
import { mergeJob } from './merge.ts';
import type { VideoStep } from './messages.ts';
import { notify } from './notification.ts';
import { lookAtPart, PART } from './part.ts';
import { planJob } from './plan.ts';
import { sweepVideos } from './sweep.ts';
import { isPlanned, type VideoWork } from './work.ts';

/** A step that has failed so often ends its job. */
const MOST_FAILURES = 3;
/** So has one whose process died so often. */
const MOST_DELIVERIES = 6;

/**
 * @param deliveries how often the step was delivered, this time included
 * @throws what may pass; the step is to be delivered again
 */
export async function takeStep(
  work: VideoWork,
  step: VideoStep,
  deliveries: number,
  signal: AbortSignal,
): Promise<void> {
  if (step.step === 'sweep') return sweepVideos(work);
  const job = await work.records.videoJobs.get(step.jobId);
  if (job === undefined) return;
  if (job.status !== 'IN_PROGRESS') return afterwards(work, job, step);
  try {
    if (deliveries > MOST_DELIVERIES) {
      throw new VideoError(`The process ended ${MOST_DELIVERIES} times ${placeOf(step, job)}.`);
    }
    await takeOf(work, job, step, signal);
  } catch (error) {
    signal.throwIfAborted();
    const reason = reasonOf(error) ?? exhausted(error, step, job, deliveries);
    if (reason === undefined) throw error;
    if (!(error instanceof VideoError))
      work.warn(`A job on video failed: ${reason}`, error as Error);
    await end(work, job, { status: 'FAILED', message: reason });
  }
}

async function takeOf(
  work: VideoWork,
  job: VideoJob,
  step: Exclude<VideoStep, { step: 'sweep' }>,
  signal: AbortSignal,
): Promise<void> {
  if (step.step === 'plan') return planJob(work, job, signal);
  if (!isPlanned(job)) return;
  if (step.step === 'part') return lookAtPart(work, job, step.part, signal);
  if (step.step !== 'merge' || job.done < job.plan.parts) return;
  const rows = await mergeJob(work, job);
  await end(work, job, { status: 'SUCCEEDED', rows });
}

/** Ends a job and whatever it has left that nobody needs. */
export async function end(
  work: VideoWork,
  { id }: Pick<VideoJob, 'id'>,
  result: Parameters<VideoWork['records']['videoJobs']['finish']>[1],
): Promise<void> {
  const job = await work.records.videoJobs.finish(id, result);
  if (job === undefined) return;
  await work.onProgress(job);
  if (job.mustNotify) await work.queue.send({ step: 'notify', jobId: id });
  await clear(work, job);
}

/** A step of a job that is over: what its end may have died before. */
async function afterwards(work: VideoWork, job: VideoJob, { step }: VideoStep): Promise<void> {
  if (job.mustNotify) {
    if (step === 'notify') await notify(work, job);
    else await work.queue.send({ step: 'notify', jobId: job.id });
  }
  if (step !== 'notify') await clear(work, job);
}

function clear({ results }: VideoWork, { id, status }: VideoJob): Promise<void> {
  return results.delete(id, status === 'SUCCEEDED' ? PART : '');
}

/** @returns undefined for what may pass */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof CollectionNotFoundError) {
    return `The collection id: ${error.collectionId} does not exist`;
  }
  const isForGood =
    error instanceof VideoError ||
    error instanceof DecoderMissingError ||
    error instanceof FaceModelMissingError;
  return isForGood ? error.message : undefined;
}

function exhausted(
  error: unknown,
  step: VideoStep,
  job: VideoJob,
  deliveries: number,
): string | undefined {
  if (deliveries < MOST_FAILURES) return undefined;
  const cause = error instanceof Error ? error.message : String(error);
  return `${deliveries} attempts failed ${placeOf(step, job)}, the last with: ${cause}`;
}

function placeOf(step: VideoStep, { plan }: VideoJob): string {
  if (step.step !== 'part' || plan === undefined) return `at the step ${step.step}`;
  const seconds = (step.part * plan.cells) / plan.rate;
  return `at the part from ${clockTime(seconds)} on`;
}
