/** The first step of a job: looking into the video, and dividing it. */
import type { VideoJob, VideoPlan } from '../../layers/records/index.ts';
import {
  Container,
  clockTime,
  type VideoProperties,
  VideoTooLongError,
} from '../../layers/video/index.ts';
import { sendParts } from './send-parts.ts';
import { isPlanned, type VideoWork } from './work.ts';

/** As documented. */
const LONGEST_MS = 6 * 60 * 60 * 1000;

/** @throws VideoError, DecoderMissingError, and what S3 throws */
export async function planJob(work: VideoWork, job: VideoJob, signal: AbortSignal): Promise<void> {
  // What cannot be decoded here is known before anybody waits for it.
  await work.decoder();
  const planned = job.plan === undefined ? await look(work, job, signal) : job;
  if (planned === undefined || !isPlanned(planned)) return;
  await work.onProgress(planned);
  await sendParts(work, planned);
}

async function look(work: VideoWork, { id, request }: VideoJob, signal: AbortSignal) {
  const container = await Container.open(work.objects.source(request, signal));
  const { properties } = container;
  container.close();
  if (properties.durationMs > LONGEST_MS) {
    throw new VideoTooLongError(
      `The video lasts ${clockTime(properties.durationMs / 1000)}; at most ${LONGEST_MS / 3_600_000} hours are read.`,
    );
  }
  const cells = Math.max(1, Math.round(work.partSeconds * work.rate));
  const all = Math.floor((properties.durationMs / 1000) * work.rate) + 1;
  const plan = {
    metadata: metadataOf(properties),
    rate: work.rate,
    cells,
    parts: Math.ceil(all / cells),
  };
  // Whoever has planned it meanwhile has told of it.
  return (await work.records.videoJobs.plan(id, plan)) ?? work.records.videoJobs.get(id);
}

function metadataOf(properties: VideoProperties): VideoPlan['metadata'] {
  return {
    Codec: properties.codec,
    DurationMillis: properties.durationMs,
    Format: properties.format,
    FrameRate: properties.frameRate,
    FrameHeight: properties.height,
    FrameWidth: properties.width,
    ColorRange: properties.colorRange,
  };
}
