/**
 * The function behind the upload queue: indexes the objects that messages of S3 name.
 *
 * What is wrong for good goes to the dead letters at once, with its reason. What may pass fails, and SQS
 * delivers it again; at the last attempt it goes to the dead letters in the same way.
 */
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { DeadLetters } from '../uploads/dead-letters.ts';
import { DeadLetterQueue } from '../uploads/dead-letters.ts';
import { EventBusOutcomes } from '../uploads/event-bus.ts';
import type { ObjectEvent } from '../uploads/object-events.ts';
import { ObjectEventError, readObjectEvents } from '../uploads/object-events.ts';
import { UploadedObjects } from '../uploads/objects.ts';
import type { Outcome } from '../uploads/outcome.ts';
import type { Reason } from '../uploads/rejection.ts';
import { exhausted, rejectionOf } from '../uploads/rejection.ts';
import { UploadIndexer } from '../uploads/upload-indexer.ts';
import { eachMessage } from './batch.ts';
import { eventBridge, s3, sqs } from './clients.ts';
import { afterwards, attempts, createCollections, variable } from './environment.ts';
import { faceModels as createFaceModels, inference, jobs, records } from './services.ts';
import type { Telemetry } from './telemetry.ts';
import { telemetry } from './telemetry.ts';

export interface IngestWork {
  readonly uploads: Pick<UploadIndexer, 'follow' | 'reject'>;
  readonly deadLetters: DeadLetters;
  /** How often the queue delivers a message before it gives up. */
  readonly attempts: number;
  readonly telemetry: Pick<Telemetry, 'info' | 'warn'>;
}

export function createIngestHandler(connect: () => IngestWork) {
  let work: IngestWork | undefined;
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    work ??= connect();
    const { telemetry } = work;
    return eachMessage(event, (body, message) => ingest(work!, body, message), telemetry.warn);
  };
}

async function ingest(work: IngestWork, body: string, message: SQSRecord): Promise<void> {
  const { deadLetters, attempts } = work;
  let events: ObjectEvent[];
  try {
    events = readObjectEvents(body);
  } catch (error) {
    if (!(error instanceof ObjectEventError)) throw error;
    await deadLetters.send(body, { Code: 'MalformedMessage', Message: error.message });
    return;
  }
  const isLast = Number(message.attributes.ApproximateReceiveCount) >= attempts;
  for (const event of events) {
    const outcome = await follow(work, event, (error) =>
      isLast ? exhausted(error, attempts) : undefined,
    );
    if (outcome !== undefined) log(work, outcome);
  }
}

/** @param otherwise the reason to give an object up for an error that might pass, if it is to be given up */
async function follow(
  { uploads, deadLetters, telemetry }: IngestWork,
  event: ObjectEvent,
  otherwise: (error: unknown) => Reason | undefined,
): Promise<Outcome | undefined> {
  try {
    return await uploads.follow(event);
  } catch (error) {
    const reason = rejectionOf(error) ?? otherwise(error);
    if (reason === undefined) throw error;
    // First the letter: whoever hears of the rejection finds it there.
    await deadLetters.send(JSON.stringify({ Records: [event.record] }), reason);
    try {
      return await uploads.reject(event, reason);
    } catch (failed) {
      // The letter says all there is to say; the message coming again would make another one each time.
      telemetry.warn('A rejection was not told; it is in the dead letters.', asError(failed));
      return undefined;
    }
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Keys of objects are names that people give, of people perhaps: they are in the outcome, not in the log. */
function log({ telemetry }: IngestWork, { Id, Status, Reason, FaceRecords = [] }: Outcome): void {
  telemetry.info('upload', {
    outcomeId: Id,
    status: Status,
    faces: FaceRecords.length,
    ...(Reason && { reason: Reason.Code }),
  });
}

export const handler = createIngestHandler(() => {
  const faceModels = createFaceModels();
  return {
    uploads: new UploadIndexer({
      services: {
        records: records(),
        inference: inference({ faceModels }),
        jobs: jobs(),
        faceModels,
      },
      objects: new UploadedObjects(s3()),
      outcomes: new EventBusOutcomes(eventBridge()),
      bucket: variable('UPLOAD_BUCKET'),
      createCollections: createCollections(),
      afterwards: afterwards(),
    }),
    deadLetters: new DeadLetterQueue(sqs(), variable('DEAD_UPLOADS')),
    attempts: attempts(),
    telemetry: telemetry(),
  };
});
