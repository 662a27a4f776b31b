/**
 * Jobs on stored video: what was asked for, how far it is, and when it is forgotten.
 *
 * A job carries a revision, new with every change; a change that was decided on an older one is decided again.
 * A job that begins and one that ends change the number of open jobs in the same transaction, so that number is
 * that of the jobs in progress whatever dies. The answer to a request's token is written with the job.
 */
import { BusyError, TooManyJobsError } from './errors.ts';
import { OPEN_JOBS, partsPartition, VIDEO_JOBS, videoJobKey, videoPartKey } from './keys.ts';
import type { Table, Write } from './table.ts';
import type { TokenRequest, Tokens } from './tokens.ts';
import type { VideoJob, VideoPlan, VideoRequest } from './video-job.ts';
import { fromItem, JOB_LIFETIME_MS, toItem } from './video-job.ts';

/** As the API has it. */
export const MOST_OPEN_JOBS = 20;
/** Of tokens: they belong to no collection. */
const TOKENS = { generation: 'video' } as const;
/** A change may meet others so often. */
const ATTEMPTS = 50;

export class VideoJobs {
  readonly #table: Table;
  readonly #tokens: Tokens;
  readonly #clock: () => Date;
  readonly #newId: () => string;

  constructor(table: Table, tokens: Tokens, clock: () => Date, newId: () => string) {
    this.#table = table;
    this.#tokens = tokens;
    this.#clock = clock;
    this.#newId = newId;
  }

  /** @returns the job that the token has begun before, if any. @throws TokenMismatchError */
  async begunBy(request: TokenRequest | undefined): Promise<string | undefined> {
    if (request === undefined) return undefined;
    const known = await this.#tokens.find<string, never>(TOKENS, request);
    return known !== undefined && 'answer' in known ? known.answer : undefined;
  }

  /**
   * @param id distinct
   * @returns the job's id, or that of the job that somebody else has begun with the token meanwhile
   * @throws TooManyJobsError, TokenMismatchError
   */
  async begin(id: string, request: VideoRequest, token: TokenRequest | undefined): Promise<string> {
    const now = this.#clock().getTime();
    const job: VideoJob = {
      id,
      request,
      status: 'IN_PROGRESS',
      done: 0,
      rows: 0,
      mustNotify: false,
      createdAt: now,
      changedAt: now,
    };
    const refusals = await this.#table.transact([
      { put: toItem(job, this.#newId()), condition: 'attribute_not_exists(pk)' },
      {
        update: OPEN_JOBS,
        expression: 'ADD #jobs :one',
        condition: 'attribute_not_exists(#jobs) OR #jobs < :most',
        names: { '#jobs': 'jobs' },
        values: { ':one': 1, ':most': MOST_OPEN_JOBS },
      },
      ...(token === undefined
        ? []
        : [this.#tokens.write(TOKENS, token, { answer: id }, undefined)]),
    ]);
    if (refusals === undefined) return id;
    const begun = await this.begunBy(token);
    if (begun !== undefined) return begun;
    if (refusals[1] !== undefined) throw new TooManyJobsError(MOST_OPEN_JOBS);
    throw new BusyError('conflict');
  }

  /** @returns undefined for one that there is not, or no longer */
  async get(id: string): Promise<VideoJob | undefined> {
    const item = await this.#table.get(videoJobKey(id));
    const job = item && fromItem(item);
    return job !== undefined && !this.hasExpired(job) ? job : undefined;
  }

  /** All that there are, the expired too, in no order. */
  async list(): Promise<VideoJob[]> {
    const jobs: VideoJob[] = [];
    for await (const page of this.#table.query(VIDEO_JOBS)) jobs.push(...page.map(fromItem));
    return jobs;
  }

  hasExpired({ finishedAt }: VideoJob): boolean {
    return finishedAt !== undefined && finishedAt + JOB_LIFETIME_MS <= this.#clock().getTime();
  }

  /** Notes what is known of the video, unless that has been noted, or the job is over. */
  plan(id: string, plan: VideoPlan): Promise<VideoJob | undefined> {
    return this.#change(id, (job) => (job.plan === undefined ? { ...job, plan } : undefined));
  }

  async isPartDone(id: string, part: number): Promise<boolean> {
    return (await this.#table.get(videoPartKey(id, part))) !== undefined;
  }

  /** Numbers of the parts that are done. */
  async doneParts(id: string): Promise<Set<number>> {
    const done = new Set<number>();
    for await (const page of this.#table.query(partsPartition(id))) {
      for (const { sk } of page) done.add(Number(sk));
    }
    return done;
  }

  /** Notes that a part is done, once. @returns the job as it is then, undefined if it is over */
  async finishPart(id: string, part: number): Promise<VideoJob | undefined> {
    const note: Write = {
      put: { ...videoPartKey(id, part), expires: this.#expiry() },
      condition: 'attribute_not_exists(pk)',
    };
    const changed = await this.#change(
      id,
      async (job) => {
        const isDone = await this.isPartDone(id, part);
        return isDone ? undefined : { ...job, done: job.done + 1 };
      },
      [note],
    );
    return changed ?? (await this.#inProgress(id));
  }

  /** Ends a job, once. @returns the job, or undefined if it had ended before */
  finish(
    id: string,
    result:
      | { readonly status: 'SUCCEEDED'; readonly rows: number }
      | { readonly status: 'FAILED'; readonly message: string },
  ): Promise<VideoJob | undefined> {
    const now = this.#clock().getTime();
    const closed: Write = {
      update: OPEN_JOBS,
      expression: 'ADD #jobs :less',
      names: { '#jobs': 'jobs' },
      values: { ':less': -1 },
    };
    return this.#change(
      id,
      (job) => ({
        ...job,
        ...result,
        finishedAt: now,
        mustNotify: job.request.topic !== undefined,
      }),
      [closed],
    );
  }

  /** Notes that whoever was to be notified has been. */
  async notified(id: string): Promise<void> {
    await this.#change(id, (job) => ({ ...job, mustNotify: false }), [], 'ended');
  }

  /** Notes that a job in progress has been seen to, so that nobody else sees to it at once. */
  touch(id: string): Promise<VideoJob | undefined> {
    return this.#change(id, (job) => job);
  }

  /** Forgets a job that has ended. */
  async forget(id: string): Promise<void> {
    const parts = [...(await this.doneParts(id))].map((part) => videoPartKey(id, part));
    await this.#table.batchDelete([...parts, videoJobKey(id)]);
  }

  async #inProgress(id: string): Promise<VideoJob | undefined> {
    const job = await this.get(id);
    return job?.status === 'IN_PROGRESS' ? job : undefined;
  }

  /**
   * @param decide what the job becomes, from what it is; undefined to leave it
   * @param more writes of the same transaction
   * @returns the job as it has become, undefined if it was left, is gone, or not in the state that is asked for
   */
  async #change(
    id: string,
    decide: (job: VideoJob) => VideoJob | undefined | Promise<VideoJob | undefined>,
    more: readonly Write[] = [],
    state: 'in progress' | 'ended' = 'in progress',
  ): Promise<VideoJob | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const item = await this.#table.get(videoJobKey(id));
      if (item === undefined) return undefined;
      const job = fromItem(item);
      if ((job.status === 'IN_PROGRESS') !== (state === 'in progress')) return undefined;
      const decided = await decide(job);
      if (decided === undefined) return undefined;
      const changed = { ...decided, changedAt: this.#clock().getTime() };
      const refusals = await this.#table.transact([
        {
          put: toItem(changed, this.#newId()),
          condition: 'revision = :revision',
          values: { ':revision': item['revision'] },
        },
        ...more,
      ]);
      if (refusals === undefined) return changed;
    }
    throw new BusyError('conflict');
  }

  /** A part is needed no longer than its job; a job that runs is over by then. */
  #expiry(): number {
    return Math.ceil((this.#clock().getTime() + 2 * JOB_LIFETIME_MS) / 1000);
  }
}
