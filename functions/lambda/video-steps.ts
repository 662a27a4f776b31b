/** The function behind the video queue, wherever it runs: takes the steps that messages name. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { readStep } from '../video/messages.ts';
import { takeStep } from '../video/steps.ts';
import type { VideoWork } from '../video/work.ts';
import { eachMessage } from './batch.ts';
import type { Telemetry } from './telemetry.ts';

export interface VideoFunction {
  readonly work: VideoWork;
  readonly telemetry: Pick<Telemetry, 'warn'>;
  /** Aborted when the process is to stop: what is in progress is taken up again later. */
  readonly signal: AbortSignal;
}

export function createVideoHandler(connect: () => VideoFunction) {
  let made: VideoFunction | undefined;
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    made ??= connect();
    const { work, telemetry, signal } = made;
    return eachMessage(
      event,
      async (body, message) => {
        const deliveries = Number(message.attributes.ApproximateReceiveCount);
        const step = readStep(body);
        try {
          await takeStep(work, step, deliveries, signal);
        } catch (error) {
          if (!signal.aborted) throw error;
          // As if it had never been delivered.
          await work.queue.send(step);
        }
      },
      telemetry.warn,
    );
  };
}
