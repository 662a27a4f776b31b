/**
 * Stored video on one machine: jobs go through a queue on disk to the function that runs behind the queue on AWS,
 * one step at a time; what they leave is in a bucket of their own. Topics are queues of the same name, with what
 * SNS would send.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Services } from '../../functions/common/services.ts';
import { createVideoHandler } from '../../functions/lambda/video-steps.ts';
import { forgetDeleted } from '../../functions/video/forget.ts';
import type { VideoQueue } from '../../functions/video/messages.ts';
import { notificationOf } from '../../functions/video/notification.ts';
import { VideoResults } from '../../functions/video/results.ts';
import { VideoObjects } from '../../functions/video/video-object.ts';
import { Videos } from '../../functions/video/videos.ts';
import type { Work } from '../../layers/inference/index.ts';
import type { Records, VideoJob } from '../../layers/records/index.ts';
import { type Decoder, openDecoder } from '../../layers/video/index.ts';
import { EventSource, LocalQueue } from '../emulators/sqs/index.ts';
import type { Store } from '../emulators/storage/index.ts';
import type { OutcomeLog } from './outcome-log.ts';
import { LocalTopics } from './topics.ts';

/** Where jobs leave their results. */
export const VIDEO_BUCKET = 'recollect-video';
/** Of the events that tell how far a job is. */
export const VIDEO_EVENT = 'Recollect Video Job';

const VIDEO_QUEUE = 'recollect-video';
/** An attempt that failed is repeated after so long. */
const RETRY_MS = 20_000;
const SWEEP_EVERY_MS = 15 * 60 * 1000;
/** Nothing gets lost here but between a record and its message; jobs may wait long for their turn. */
const STUCK_MS = 2 * 60 * 60 * 1000;
/** A picture of a video waits for photographs that clients wait for, but not for ever. */
const LONGEST_PAUSE_MS = 2000;
const PAUSE_MS = 20;

/** No client waits for a step, so none can leave. */
const NEVER = new AbortController().signal;

export interface LocalVideosOptions {
  readonly store: Store;
  /** Queues that are no topic's. */
  readonly reserved: readonly LocalQueue[];
  readonly outcomes: Pick<OutcomeLog, 'tell'>;
  readonly s3: S3Client;
  readonly records: Records;
  readonly warn: (message: string, error: Error) => void;
}

export class LocalVideos {
  /** For the service's own clients. */
  readonly service: Videos;
  readonly #options: LocalVideosOptions;
  readonly #queue: LocalQueue;
  readonly #topics: LocalTopics;
  readonly #steps: VideoQueue;
  readonly #stop = new AbortController();
  #source: EventSource | undefined;
  #timer: NodeJS.Timeout | undefined;
  #decoder: Promise<Decoder> | undefined;

  private constructor(options: LocalVideosOptions, queue: LocalQueue, topics: LocalTopics) {
    const { records, s3, warn } = options;
    this.#options = options;
    this.#queue = queue;
    this.#topics = topics;
    this.#steps = { send: async (step) => void (await queue.send(JSON.stringify(step))) };
    this.service = new Videos({
      records,
      objects: new VideoObjects(s3),
      results: new VideoResults(s3, VIDEO_BUCKET),
      queue: this.#steps,
      mayNotify: (topic) => topics.has(topic),
      newId: () => randomBytes(32).toString('hex'),
      clock: Date.now,
      warn,
    });
  }

  static async open(options: LocalVideosOptions): Promise<LocalVideos> {
    const { store, reserved } = options;
    const queue = await LocalQueue.open({ store, name: VIDEO_QUEUE, visibilityTimeout: RETRY_MS });
    const topics = await LocalTopics.open(store, [...reserved, queue]);
    return new LocalVideos(options, queue, topics);
  }

  /** All queues of this machine that clients may look at; topics add theirs. */
  get queues(): readonly LocalQueue[] {
    return this.#topics.queues;
  }

  /** Takes whoever has been deleted out of results. */
  forget(): Promise<void> {
    const { records, s3 } = this.#options;
    return forgetDeleted(records, new VideoResults(s3, VIDEO_BUCKET));
  }

  /** Begins to work, with what was left undone. */
  async start(
    services: Services,
    {
      work,
      isBusy,
      rate,
      partSeconds,
      environment,
    }: {
      readonly work: Work;
      /** Whether others have photographs looked at. */
      readonly isBusy: () => boolean;
      readonly rate: number;
      readonly partSeconds: number;
      readonly environment: Readonly<Record<string, string | undefined>>;
    },
  ): Promise<void> {
    const { s3, warn, outcomes } = this.#options;
    const { visible } = await this.#queue.counts();
    const steps = {
      records: services.records,
      indexes: services.indexes,
      inference: services.inference,
      faceModels: services.faceModels,
      judgements: services.judgements,
      objects: new VideoObjects(s3),
      results: new VideoResults(s3, VIDEO_BUCKET),
      queue: this.#steps,
      notifier: this.#topics,
      decoder: () => this.#openDecoder(environment),
      rate,
      partSeconds,
      lanes: 1,
      pause: () => pauseFor(isBusy),
      onProgress: async (job: VideoJob) => {
        await outcomes.tell(VIDEO_EVENT, progressOf(job));
      },
      // Without a message no job goes on, whenever it began.
      stuckAfter: visible === 0 ? 0 : STUCK_MS,
      clock: Date.now,
      warn,
    };
    const handle = createVideoHandler(() => ({
      work: steps,
      telemetry: { warn },
      signal: this.#stop.signal,
    }));
    this.#source = new EventSource({
      queue: this.#queue,
      handler: (event) => work.run(NEVER, () => handle(event), { isPatient: true }),
      concurrency: 1,
      warn,
    });
    await this.#steps.send({ step: 'sweep' });
    const later = { ...steps, stuckAfter: STUCK_MS };
    this.#timer = setInterval(() => {
      steps.stuckAfter = later.stuckAfter;
      this.#steps
        .send({ step: 'sweep' })
        .catch((error: Error) => warn('Jobs on video were not looked through.', error));
    }, SWEEP_EVERY_MS).unref();
    this.#source.start();
  }

  /** Interrupts what is in progress, which the next start takes up again. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort(new Error('The service stops.'));
    await this.#source?.stop();
    const decoder = await this.#decoder?.catch(() => undefined);
    await decoder?.close();
  }

  #openDecoder(environment: Readonly<Record<string, string | undefined>>): Promise<Decoder> {
    this.#decoder ??= openDecoder({ environment }).catch((error: unknown) => {
      this.#decoder = undefined;
      throw error;
    });
    return this.#decoder;
  }
}

async function pauseFor(isBusy: () => boolean): Promise<void> {
  const until = performance.now() + LONGEST_PAUSE_MS;
  while (isBusy() && performance.now() < until) await sleep(PAUSE_MS);
}

/** How far a job is, as an event tells it. */
export function progressOf(job: VideoJob): object {
  const { plan, done, message, status } = job;
  return {
    Id: randomUUID(),
    ...JSON.parse(notificationOf(job)),
    Timestamp: job.finishedAt ?? job.changedAt,
    Status: status,
    ...(message !== undefined && { StatusMessage: message }),
    ...(plan && { Parts: plan.parts, PartsDone: done }),
  };
}
