/**
 * The upload bucket on one machine: what the local S3 tells goes into a queue, and from there to the function
 * that runs behind the queue on AWS; outcomes go into a log, and dead letters into a queue of their own.
 */
import path from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import type { S3EventRecord } from 'aws-lambda';
import type { Services } from '../../functions/common/services.ts';
import { createIngestHandler } from '../../functions/lambda/ingest.ts';
import type { Afterwards } from '../../functions/uploads/afterwards.ts';
import { REASON_CODE, REASON_MESSAGE } from '../../functions/uploads/dead-letters.ts';
import { UploadedObjects } from '../../functions/uploads/objects.ts';
import { UploadIndexer } from '../../functions/uploads/upload-indexer.ts';
import type { Work } from '../../layers/inference/index.ts';
import { EventSource, LocalQueue } from '../emulators/sqs/index.ts';
import { Store } from '../emulators/storage/index.ts';
import { STORES } from './data-folder.ts';
import { OutcomeLog } from './outcome-log.ts';
import { DEAD_UPLOAD_QUEUE, UPLOAD_QUEUE } from './upload-queues.ts';

/** Where a photograph is put to be indexed. */
export const UPLOAD_BUCKET = 'recollect-uploads';

/** As on AWS. */
const ATTEMPTS = 5;

/** An attempt that failed is repeated after so long. */
const RETRY_MS = 20_000;

const NEVER = new AbortController().signal;

export interface LocalUploadsOptions {
  /** The data folder. */
  readonly data: string;
  readonly account: string;
  readonly region: string;
  readonly createCollections: boolean;
  readonly afterwards: Afterwards;
  readonly warn: (message: string, error: Error) => void;
  /** Told what was noticed and put right while opening. */
  readonly notice: (sentence: string) => void;
}

export class LocalUploads {
  readonly queues: readonly LocalQueue[];
  readonly outcomes: OutcomeLog;
  readonly #options: LocalUploadsOptions;
  readonly #store: Store;
  readonly #queue: LocalQueue;
  readonly #deadLetters: LocalQueue;
  #source: EventSource | undefined;

  private constructor(
    options: LocalUploadsOptions,
    store: Store,
    queue: LocalQueue,
    deadLetters: LocalQueue,
    outcomes: OutcomeLog,
  ) {
    this.#options = options;
    this.#store = store;
    this.#queue = queue;
    this.#deadLetters = deadLetters;
    this.queues = [queue, deadLetters];
    this.outcomes = outcomes;
  }

  static async open(options: LocalUploadsOptions): Promise<LocalUploads> {
    const { data, account, region, notice } = options;
    const store = await Store.open({ folder: path.join(data, STORES.queues), notice });
    const shared = { store, visibilityTimeout: RETRY_MS };
    const dead = await LocalQueue.open({ ...shared, name: DEAD_UPLOAD_QUEUE });
    const redrive = { to: dead, maxReceiveCount: ATTEMPTS };
    const queue = await LocalQueue.open({ ...shared, name: UPLOAD_QUEUE, redrive });
    const file = path.join(data, 'outcomes.ndjson');
    const outcomes = await OutcomeLog.open({ file, account, region });
    return new LocalUploads(options, store, queue, dead, outcomes);
  }

  /** Where the queues are, and those of others may be. */
  get store(): Store {
    return this.#store;
  }

  /** Takes an event of the upload bucket; what is taken survives a crash. */
  async deliver(record: S3EventRecord): Promise<void> {
    await this.#queue.send(JSON.stringify({ Records: [record] }));
  }

  /** Begins to index, with what was left undone. */
  start(
    services: Services,
    s3: S3Client,
    {
      work,
      atOnce,
      onDeletion,
    }: {
      readonly work: Work;
      /** Photographs that are indexed at the same time. */
      readonly atOnce: number;
      /** Told when faces are deleted. */
      readonly onDeletion: () => void;
    },
  ): void {
    const { createCollections, afterwards, warn } = this.#options;
    const uploads = new UploadIndexer({
      services,
      objects: new UploadedObjects(s3),
      outcomes: {
        publish: async (outcome) => {
          await this.outcomes.publish(outcome);
          if ((outcome.DeletedFaces?.length ?? 0) > 0) onDeletion();
        },
      },
      bucket: UPLOAD_BUCKET,
      createCollections,
      afterwards,
    });
    const deadLetters = {
      send: async (body: string, { Code, Message }: { Code: string; Message: string }) => {
        await this.#deadLetters.send(body, { [REASON_CODE]: Code, [REASON_MESSAGE]: Message });
      },
    };
    const telemetry = { info: () => undefined, warn };
    const handle = createIngestHandler(() => ({
      uploads,
      deadLetters,
      attempts: ATTEMPTS,
      telemetry,
    }));
    this.#source = new EventSource({
      queue: this.#queue,
      // No client waits for them, so none can leave.
      handler: (event) => work.run(NEVER, () => handle(event), { isPatient: true }),
      concurrency: atOnce,
      warn,
    });
    this.#source.start();
  }

  /** Finishes the photographs in progress; the others wait for the next start. */
  async stop(): Promise<void> {
    await this.#source?.stop();
  }

  async close(): Promise<void> {
    await this.outcomes.close();
    await this.#store.close();
  }
}
