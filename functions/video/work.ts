/** What the steps of a job on video work with. */
import type { FaceModels, InferencePort } from '../../layers/inference/index.ts';
import type { Records, VideoJob, VideoPlan } from '../../layers/records/index.ts';
import type { Decoder } from '../../layers/video/index.ts';
import type { Indexes } from '../common/services.ts';
import type { VideoQueue } from './messages.ts';
import type { VideoResults } from './results.ts';
import type { VideoObjects } from './video-object.ts';

/** Tells a topic that a job has ended; a call resolves when the message is certain to arrive. */
export interface Notifier {
  publish(topic: string, message: string): Promise<void>;
}

export interface VideoWork {
  readonly records: Pick<Records, 'videoJobs' | 'collections'>;
  readonly indexes: { readonly faces: Pick<Indexes['faces'], 'search'> };
  readonly inference: Pick<InferencePort, 'hold' | 'findFaces' | 'embed' | 'describe' | 'release'>;
  readonly faceModels: FaceModels;
  /** Whether emotions, gender and age are told to those who ask. */
  readonly judgements: boolean;
  readonly objects: Pick<VideoObjects, 'source'>;
  readonly results: VideoResults;
  readonly queue: VideoQueue;
  readonly notifier: Notifier;
  /** That of this process; opened with the first call. @throws DecoderMissingError */
  readonly decoder: () => Promise<Decoder>;
  /** Pictures a second that are looked at. */
  readonly rate: number;
  /** Seconds of video in a part. */
  readonly partSeconds: number;
  /** Parts of one job that are looked at side by side. */
  readonly lanes: number;
  /** Resolves when others who need the processors have had their turn. */
  readonly pause: () => Promise<void>;
  /** Told whenever a job has come on. */
  readonly onProgress: (job: VideoJob) => Promise<void>;
  /** A job that nothing has happened to for so long is seen to by the sweep, in milliseconds. */
  readonly stuckAfter: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly warn: (message: string, error: Error) => void;
}

/** A job that has been looked into. */
export type PlannedJob = VideoJob & { readonly plan: VideoPlan };

export function isPlanned(job: VideoJob): job is PlannedJob {
  return job.plan !== undefined;
}
