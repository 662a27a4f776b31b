/**
 * Jobs on video over a database and an object store of a test's own, taken step by step by machines that may die
 * at any call. What is under test is the service; a face is made of the number that a picture shows, so that
 * no model is needed to know what must come out.
 */
import { randomUUID } from 'node:crypto';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { VideoStep } from '../../functions/video/messages.ts';
import { VideoResults } from '../../functions/video/results.ts';
import { takeStep } from '../../functions/video/steps.ts';
import { VideoObjects } from '../../functions/video/video-object.ts';
import { Videos } from '../../functions/video/videos.ts';
import type { VideoWork } from '../../functions/video/work.ts';
import type { PictureHandle } from '../../layers/inference/index.ts';
import { BUILT_IN_FACE_MODELS } from '../../layers/inference/index.ts';
import { Records } from '../../layers/records/index.ts';
import { CoreDecoder } from '../../layers/video/core-decoder.ts';
import type { Decoded } from '../../layers/video/decoder.ts';
import type { Decoder } from '../../layers/video/index.ts';
import { detectedFace } from '../support/detected-face.ts';
import { intercept } from '../support/faults.ts';
import type { TestDatabase, TestStore } from '../support/tables.ts';
import { numberOf } from './clips.ts';

export const [CLIPS, RESULTS] = ['clips', 'results'];
const NEVER = new AbortController().signal;
const nothing = async () => undefined;

/** What outlives machines. */
export interface World {
  readonly database: TestDatabase;
  readonly store: TestStore;
  readonly table: string;
  /** Messages that wait, with how often each was delivered. */
  readonly queue: { readonly step: VideoStep; deliveries: number }[];
  /** What topics were told. */
  readonly told: string[];
  readonly decoder: Decoder;
  now: number;
}

export async function openWorld(database: TestDatabase, store: TestStore): Promise<World> {
  const table = `jobs-${randomUUID()}`;
  await database.createTable(table);
  const world = { database, store, table, queue: [], told: [], decoder: remembering(), now: 1e12 };
  return world;
}

/** A machine has died: it does nothing more. */
export class DeathError extends Error {}

export interface MachineOptions {
  /** It dies before this call, counted from 1, of database, object store, queue or topic; never without it. */
  readonly diesAt?: number;
  /** What the object store says that objects have in bytes, where it does not tell the truth. */
  readonly claimedSize?: number;
  readonly changes?: Partial<VideoWork>;
}

export class Machine {
  readonly videos: Videos;
  readonly records: Records;
  readonly s3: S3Client;
  readonly #world: World;
  readonly #work: VideoWork;
  readonly #diesAt: number;
  calls = 0;

  constructor(
    world: World,
    { diesAt = Number.POSITIVE_INFINITY, claimedSize, changes }: MachineOptions = {},
  ) {
    this.#world = world;
    this.#diesAt = diesAt;
    const database = world.database.connect();
    this.s3 = world.store.connect();
    for (const client of [database, this.s3]) {
      intercept(client, async (call) => {
        this.#live();
        const answer = await call.proceed();
        const isClaimed = claimedSize !== undefined && call.operation === 'HeadObject';
        return isClaimed ? { ...answer, ContentLength: claimedSize } : answer;
      });
    }
    const clock = () => world.now;
    this.records = new Records({
      client: database,
      table: world.table,
      clock: () => new Date(clock()),
    });
    const results = new VideoResults(this.s3, RESULTS);
    const objects = new VideoObjects(this.s3);
    const warn = () => undefined;
    const queue = {
      send: async (step: VideoStep) => {
        this.#live();
        world.queue.push({ step, deliveries: 0 });
      },
    };
    this.videos = new Videos({
      records: this.records,
      objects,
      results,
      queue,
      mayNotify: () => true,
      newId: () => randomUUID(),
      clock,
      warn,
    });
    this.#work = {
      records: this.records,
      indexes: { faces: { search: nobody } },
      inference: NUMBERS,
      faceModels: BUILT_IN_FACE_MODELS,
      judgements: true,
      objects,
      results,
      queue,
      notifier: {
        publish: async (_, message) => {
          this.#live();
          world.told.push(message);
        },
      },
      decoder: async () => world.decoder,
      rate: 5,
      partSeconds: 0.8,
      lanes: 2,
      pause: nothing,
      onProgress: nothing,
      stuckAfter: 0,
      clock,
      warn,
      ...changes,
    };
  }

  /** Takes steps until none is left, or so many. @throws DeathError */
  async run(most = Number.POSITIVE_INFINITY): Promise<void> {
    const { queue } = this.#world;
    for (let taken = 0; taken < most; taken++) {
      const [message] = queue;
      if (message === undefined) return;
      message.deliveries += 1;
      try {
        await takeStep(this.#work, message.step, message.deliveries, NEVER);
      } catch (error) {
        if (error instanceof DeathError || this.calls >= this.#diesAt) throw new DeathError();
        // It is delivered again.
        continue;
      }
      queue.splice(queue.indexOf(message), 1);
    }
  }

  sweep(): Promise<void> {
    return takeStep(this.#work, { step: 'sweep' }, 1, NEVER);
  }

  put(Key: string, Body: Uint8Array): Promise<unknown> {
    return this.s3.send(new PutObjectCommand({ Bucket: CLIPS, Key, Body }));
  }

  detect(Name: string, token?: string): Promise<string> {
    const input = { Video: { S3Object: { Bucket: CLIPS, Name } }, ClientRequestToken: token };
    return this.videos.start('StartFaceDetection', input, async () => ({ attributes: 'DEFAULT' }));
  }

  /** With a topic that is to be told. */
  search(Name: string, CollectionId: string, token?: string): Promise<string> {
    const input = {
      Video: { S3Object: { Bucket: CLIPS, Name } },
      NotificationChannel: { SNSTopicArn: 'arn:aws:sns:us-east-1:000000000000:t', RoleArn: 'r' },
      ClientRequestToken: token,
    };
    return this.videos.start('StartFaceSearch', input, async () => {
      const { id, generation, faceModel } = await this.records.collections.get(CollectionId);
      return { collection: { id, generation, faceModel }, threshold: 80 };
    });
  }

  /** All rows of a search in an order, and how the job stands. */
  async rows(jobId: string, order: 'TIMESTAMP' | 'INDEX') {
    const asked = {
      operation: 'StartFaceSearch',
      jobId,
      order,
      size: 1000,
      token: undefined,
    } as const;
    const { job, rows } = await this.videos.page(asked);
    return { status: job.status, rows };
  }

  #live(): void {
    this.calls += 1;
    if (this.calls >= this.#diesAt) throw new DeathError('The machine is dead.');
  }
}

async function nobody() {
  return [];
}

/** Decodes each run once, whoever asks. */
function remembering(): Decoder {
  const decoder = new CoreDecoder();
  const known = new Map<string, Decoded>();
  return {
    name: decoder.name,
    async decode(task, signal) {
      const key = `${task.wanted} ${Buffer.from(task.stream).toString('base64')}`;
      const decoded = known.get(key) ?? (await decoder.decode(task, signal));
      known.set(key, decoded);
      return decoded;
    },
    close: () => decoder.close(),
  };
}

/** On each picture a face whose place its number tells; it is of one person up to the tenth picture, then of another. */
const NUMBERS: VideoWork['inference'] = {
  async hold({ width, height, data }) {
    return Object.assign({ width, height }, { number: numberOf({ width, height, data }) });
  },
  findFaces: async (picture) => [detectedFace(numberIn(picture) / 100)],
  embed: async (picture) => {
    const vector = new Float32Array(512);
    vector[numberIn(picture) < 10 ? 0 : 1] = 1;
    return [
      { vector, norm: 80, symmetry: 1, legibility: { norm: 80, symmetry: 1, visibility: 1 } },
    ];
  },
  describe: async () => [{}],
  release: () => undefined,
};

function numberIn(picture: PictureHandle): number {
  return 'number' in picture ? Number(picture.number) : -1;
}
