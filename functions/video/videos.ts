/** Starting jobs on stored video and answering for them; what the four operations have in common. */
import type { Infer, members } from '../../layers/protocol/index.ts';
import { decodeToken, encodeToken, ServiceError } from '../../layers/protocol/index.ts';
import type { Collection, Records, VideoJob, VideoRequest } from '../../layers/records/index.ts';
import { tokenRequest } from '../common/users.ts';
import type { VideoQueue } from './messages.ts';
import { PAGE_ROWS, pageName } from './pages.ts';
import type { VideoResults } from './results.ts';
import type { VideoObjects } from './video-object.ts';

export interface VideosOptions {
  readonly records: Pick<Records, 'videoJobs'>;
  readonly objects: Pick<VideoObjects, 'head'>;
  readonly results: Pick<VideoResults, 'get'>;
  readonly queue: VideoQueue;
  /** Whether messages may be sent to a topic, by its ARN. */
  readonly mayNotify: (topic: string) => boolean;
  /** Distinct, and nothing that can be guessed: 1 to 64 of the characters of ids. */
  readonly newId: () => string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly warn: (message: string, error: Error) => void;
}

interface StartInput {
  readonly Video: Infer<typeof members.Video>;
  readonly ClientRequestToken?: string | undefined;
  readonly NotificationChannel?: Infer<typeof members.NotificationChannel> | undefined;
  readonly JobTag?: string | undefined;
}

export interface PageRequest {
  readonly operation: VideoRequest['operation'];
  readonly jobId: string;
  readonly order: 'TIMESTAMP' | 'INDEX';
  readonly size: number | undefined;
  readonly token: string | undefined;
}

export interface AnsweredPage {
  readonly job: VideoJob;
  /** As JSON. */
  readonly rows: readonly string[];
  readonly nextToken: string | undefined;
}

/** As AWS documents it. */
const TOKEN_LIFETIME_MS = 24 * 60 * 60 * 1000;
/** What Lambda may answer is 6 MB; a page ends before, whatever was asked for. */
const LARGEST_PAGE = 4 * 1024 * 1024;

export class Videos {
  readonly #options: VideosOptions;

  constructor(options: VideosOptions) {
    this.#options = options;
  }

  /**
   * @param more of the request: what else is to be known of it
   * @param check made when the request has not been answered before
   * @returns the id of the job
   * @throws ServiceError, TokenMismatchError, TooManyJobsError
   */
  async start<Input extends StartInput>(
    operation: VideoRequest['operation'],
    input: Input,
    check: () => Promise<Pick<VideoRequest, 'collection' | 'threshold' | 'attributes'>>,
  ): Promise<string> {
    const { records, objects, queue, mayNotify, newId, warn } = this.#options;
    const token = tokenRequest(operation, input);
    const begun = await records.videoJobs.begunBy(token);
    if (begun !== undefined) return begun;
    const more = await check();
    const topic = input.NotificationChannel?.SNSTopicArn;
    if (topic !== undefined && !mayNotify(topic)) {
      throw new ServiceError(
        'InvalidParameterException',
        `This deployment may not publish to the topic ${topic}.`,
      );
    }
    const head = await objects.head(input.Video);
    const request = { operation, ...head, jobTag: input.JobTag, topic, ...more };
    const jobId = await records.videoJobs.begin(newId(), request, token);
    try {
      await queue.send({ step: 'plan', jobId });
    } catch (error) {
      warn('A job was begun and not sent on; the sweep makes up for it.', error as Error);
    }
    return jobId;
  }

  /** @throws ServiceError ResourceNotFound-, InvalidPaginationTokenException */
  async page({ operation, jobId, order, size, token }: PageRequest): Promise<AnsweredPage> {
    const { records, clock } = this.#options;
    const job = await records.videoJobs.get(jobId);
    if (job === undefined || job.request.operation !== operation) throw unknown(jobId);
    const scope = [operation, jobId, order];
    const from = positionOf(decodeToken(scope, token), clock());
    if (job.status !== 'SUCCEEDED') return { job, rows: [], nextToken: undefined };
    const rows = await this.#rows(job, order, from, Math.min(size ?? PAGE_ROWS, PAGE_ROWS));
    const next = from + rows.length;
    const nextToken = next < job.rows ? encodeToken(scope, `${next} ${clock()}`) : undefined;
    return { job, rows, nextToken };
  }

  /** The jobs that there are, in no order. */
  async list(): Promise<VideoJob[]> {
    const { videoJobs } = this.#options.records;
    return (await videoJobs.list()).filter((job) => !videoJobs.hasExpired(job));
  }

  /** Ends a job that is in progress. @returns it. @throws ServiceError ResourceNotFoundException */
  async stop(jobId: string): Promise<VideoJob> {
    const { records, queue } = this.#options;
    const message = 'The job was stopped by a request.';
    const stopped = await records.videoJobs.finish(jobId, { status: 'FAILED', message });
    // Any step of a job that is over tells whom it is to tell, and clears up.
    if (stopped !== undefined) await queue.send({ step: 'merge', jobId });
    const job = stopped ?? (await records.videoJobs.get(jobId));
    if (job === undefined) throw unknown(jobId);
    return job;
  }

  /** Lines of a file of the job. @throws ServiceError ResourceNotFoundException if it is gone */
  async file(jobId: string, name: string): Promise<string[]> {
    const lines = await this.#options.results.get(jobId, name);
    if (lines === undefined) throw unknown(jobId);
    return lines;
  }

  async #rows(job: VideoJob, order: PageRequest['order'], from: number, size: number) {
    const rows: string[] = [];
    let bytes = 0;
    while (rows.length < size && from + rows.length < job.rows) {
      const at = from + rows.length;
      const lines = await this.file(job.id, pageName(order, Math.floor(at / PAGE_ROWS)));
      const taken = lines.slice(at % PAGE_ROWS, (at % PAGE_ROWS) + size - rows.length);
      if (taken.length === 0) throw unknown(job.id);
      for (const line of taken) {
        bytes += Buffer.byteLength(line);
        if (rows.length > 0 && bytes > LARGEST_PAGE) return rows;
        rows.push(line);
      }
    }
    return rows;
  }
}

function positionOf(position: string | undefined, now: number): number {
  if (position === undefined) return 0;
  const [row, issued] = position.split(' ').map(Number);
  if (now - (issued ?? 0) <= TOKEN_LIFETIME_MS) return row ?? 0;
  throw new ServiceError('InvalidPaginationTokenException', 'Invalid Pagination Token');
}

function unknown(jobId: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', `Could not find the JobId: ${jobId}`);
}

/** What every answer about a job says. */
export function jobMembers({ id, status, message, request, plan }: VideoJob) {
  const { bucket, name, version, jobTag } = request;
  return {
    JobStatus: status,
    StatusMessage: message,
    VideoMetadata: status === 'SUCCEEDED' ? plan?.metadata : undefined,
    JobId: id,
    JobTag: jobTag,
    Video: { S3Object: { Bucket: bucket, Name: name, Version: version } },
  };
}

/** The collection that a job searched, as far as its faces are looked up by it. */
export function collectionOf({
  request: { collection },
}: VideoJob): Pick<Collection, 'id' | 'generation' | 'faceModel'> | undefined {
  return collection;
}
