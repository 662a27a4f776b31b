/** The function behind the video queue on AWS. */
import { openDecoder } from '../../layers/video/index.ts';
import { createServices } from '../common/services.ts';
import { VideoResults } from '../video/results.ts';
import { VideoObjects } from '../video/video-object.ts';
import { s3, sns, sqs } from './clients.ts';
import { variable, videoLanes, videoRate } from './environment.ts';
import { faceModels, indexes, inference, jobs, judgements, records } from './services.ts';
import { telemetry } from './telemetry.ts';
import { SnsNotifier, StepQueue } from './video-queue.ts';
import { createVideoHandler } from './video-steps.ts';

/** About a minute of the function's fifteen. */
const PART_SECONDS = 60;
/** A part takes less; a message that got lost is made up for after so long. */
const STUCK_MS = 2 * 60 * 60 * 1000;

export const handler = createVideoHandler(() => {
  const services = createServices({ faceModels, records, indexes, inference, jobs, judgements });
  const { warn, info } = telemetry();
  let decoder: ReturnType<typeof openDecoder> | undefined;
  return {
    work: {
      records: services.records,
      indexes: services.indexes,
      inference: services.inference,
      faceModels: services.faceModels,
      judgements: services.judgements,
      objects: new VideoObjects(s3()),
      results: new VideoResults(s3(), variable('VIDEO_BUCKET')),
      queue: new StepQueue(sqs(), variable('VIDEO_QUEUE')),
      notifier: new SnsNotifier(sns()),
      // The function does nothing else meanwhile, so a thread would gain nothing.
      decoder: () => {
        decoder ??= openDecoder({ environment: { RECOLLECT_FFMPEG: 'none' }, thread: false });
        return decoder;
      },
      rate: videoRate(),
      partSeconds: PART_SECONDS,
      lanes: videoLanes(),
      pause: async () => undefined,
      onProgress: async ({ id, status, done, plan }) =>
        info('video', { jobId: id, status, done, parts: plan?.parts ?? 0 }),
      stuckAfter: STUCK_MS,
      clock: Date.now,
      warn,
    },
    telemetry: { warn },
    signal: new AbortController().signal,
  };
});
