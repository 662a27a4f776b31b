/** Jobs on stored video as people read them. Pure. */

/** As ListVideoJobs tells it. */
export interface JobLine {
  readonly JobId: string;
  readonly API: 'StartFaceSearch' | 'StartFaceDetection';
  readonly JobStatus: 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED';
  readonly StatusMessage?: string;
  /** Percent. */
  readonly Progress: number;
  readonly CollectionId?: string;
  readonly Video: { readonly S3Object: { readonly Bucket: string; readonly Name: string } };
  readonly JobTag?: string;
  /** Seconds since the epoch. */
  readonly CreationTimestamp: number;
  readonly CompletionTimestamp?: number;
}

/** Enough of an id to tell it from others. */
const SHOWN = 12;
const BAR = 20;

export const isOpen = ({ JobStatus }: JobLine): boolean => JobStatus === 'IN_PROGRESS';

/** @param now seconds since the epoch */
export function jobLines(jobs: readonly JobLine[], now: number): string[] {
  if (jobs.length === 0) return ['There are no jobs on stored video.'];
  return jobs.flatMap((job) => [
    `${job.JobId.slice(0, SHOWN)}  ${standing(job)}  ${whatOf(job)}  ${when(job, now)}`,
    ...(job.StatusMessage === undefined ? [] : [`${' '.repeat(SHOWN)}  ${job.StatusMessage}`]),
  ]);
}

/** What goes on, in one line. */
export function summary(jobs: readonly JobLine[]): string {
  return jobs.map((job) => `${nameOf(job)} ${Math.floor(job.Progress)} %`).join(', ');
}

/** A job that has ended. */
export function ending(job: JobLine): string {
  const { JobStatus, CreationTimestamp, CompletionTimestamp = CreationTimestamp } = job;
  const took = ago(CompletionTimestamp - CreationTimestamp);
  const why = job.StatusMessage === undefined ? '' : `: ${job.StatusMessage}`;
  return `${job.JobId.slice(0, SHOWN)}  ${JobStatus} after ${took}  ${whatOf(job)}${why}`;
}

function standing({ JobStatus, Progress }: JobLine): string {
  if (JobStatus !== 'IN_PROGRESS') return JobStatus.padEnd(BAR + 6);
  const full = Math.floor((Progress / 100) * BAR);
  return `${'#'.repeat(full)}${'.'.repeat(BAR - full)} ${String(Math.floor(Progress)).padStart(3)} %`;
}

function whatOf(job: JobLine): string {
  const { API, CollectionId, JobTag } = job;
  const what = API === 'StartFaceDetection' ? 'faces' : `search of ${CollectionId}`;
  return `${nameOf(job)}, ${what}${JobTag === undefined ? '' : `, ${JobTag}`}`;
}

function nameOf({ Video: { S3Object } }: JobLine): string {
  return `${S3Object.Bucket}/${S3Object.Name}`;
}

function when({ CreationTimestamp, CompletionTimestamp }: JobLine, now: number): string {
  return CompletionTimestamp === undefined
    ? `began ${ago(now - CreationTimestamp)} ago`
    : `ended ${ago(now - CompletionTimestamp)} ago`;
}

/** Such as `3 min`. */
function ago(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 2 * 3600) return `${Math.round(whole / 60)} min`;
  if (whole < 48 * 3600) return `${Math.round(whole / 3600)} h`;
  return `${Math.round(whole / 86_400)} days`;
}
