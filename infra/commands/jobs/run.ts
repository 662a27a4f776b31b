/** Shows, follows and stops jobs on stored video, wherever the service is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, Failure, type Surroundings, withProgress } from '../cli/index.ts';
import type { ConnectionOptions } from '../connection.ts';
import { type Connect, connectExtensions, type Extensions } from '../extensions/client.ts';
import { ending, isOpen, type JobLine, jobLines, summary } from './lines.ts';

/** What stands between a command and the service. */
export interface JobsOptions {
  readonly connect?: Connect;
  /** Milliseconds from one look at the jobs to the next. */
  readonly every?: number;
}

const LOOK_MS = 1000;

export interface ShowJobsOptions extends ConnectionOptions {
  readonly watch: boolean;
  readonly json: boolean;
}

/** @throws what the SDK throws */
export async function showJobs(
  options: ShowJobsOptions,
  surroundings: Surroundings,
  { connect = connectExtensions, every = LOOK_MS }: JobsOptions = {},
): Promise<number> {
  const { print, now } = surroundings;
  const extensions = connect(options, surroundings.environment);
  try {
    const jobs = await listJobs(extensions);
    if (options.json) print(JSON.stringify(jobs, null, 2));
    else if (!options.watch) print(jobLines(jobs, now().getTime() / 1000).join('\n'));
    else return await watch(extensions, jobs, every, surroundings);
    return 0;
  } finally {
    extensions.close();
  }
}

/** @throws Failure for a beginning that no job or several have, and what the SDK throws */
export async function stopJobs(
  beginnings: readonly string[],
  options: ConnectionOptions,
  surroundings: Surroundings,
  { connect = connectExtensions }: JobsOptions = {},
): Promise<number> {
  const extensions = connect(options, surroundings.environment);
  try {
    const jobs = await listJobs(extensions);
    // All of them are known before the first is stopped.
    const chosen = new Set(beginnings.map((beginning) => onlyOne(jobs, beginning)));
    for (const { JobId, JobStatus } of chosen) {
      if (JobStatus !== 'IN_PROGRESS') {
        surroundings.print(`${JobId} had ended before: ${JobStatus}.`);
        continue;
      }
      await extensions.call('StopVideoJob', { JobId });
      surroundings.print(`${JobId} is stopped.`);
    }
    return 0;
  } finally {
    extensions.close();
  }
}

async function listJobs(extensions: Extensions): Promise<readonly JobLine[]> {
  const { Jobs } = (await extensions.call('ListVideoJobs', {})) as { Jobs: readonly JobLine[] };
  return Jobs;
}

function onlyOne(jobs: readonly JobLine[], beginning: string): JobLine {
  const found = jobs.filter(({ JobId }) => JobId.startsWith(beginning));
  if (found.length === 1) return found[0]!;
  throw new Failure(
    found.length === 0
      ? `There is no job ${beginning}; recollect jobs shows those that there are.`
      : `${found.length} jobs begin with ${beginning}; say more of the id.`,
  );
}

async function watch(
  extensions: Extensions,
  jobs: readonly JobLine[],
  every: number,
  surroundings: Surroundings,
): Promise<number> {
  const { print } = surroundings;
  const signal = surroundings.interruption();
  let open = jobs.filter(isOpen);
  if (open.length === 0) print('No job on stored video is in progress.');
  let failed = 0;
  await withProgress(
    surroundings,
    () => summary(open),
    async () => {
      while (open.length > 0 && !signal.aborted) {
        await sleep(every, undefined, { signal }).catch(() => undefined);
        const now = await listJobs(extensions);
        const was = new Set(open.map(({ JobId }) => JobId));
        for (const job of now.filter(({ JobId }) => was.has(JobId))) {
          if (isOpen(job)) continue;
          if (job.JobStatus === 'FAILED') failed += 1;
          print(ending(job));
        }
        open = now.filter(isOpen);
      }
    },
  );
  if (signal.aborted) return EXIT.interrupted;
  return failed > 0 ? EXIT.failed : 0;
}
