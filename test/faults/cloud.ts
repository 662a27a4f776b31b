/**
 * The services and the execution environments that call them. Every call of an environment waits for its
 * turn, and may meet with a mishap; calls from outside of any environment are made as they are.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Collection, Face } from '../../layers/records/index.ts';
import { BusyError, Records } from '../../layers/records/index.ts';
import {
  type FoldResult,
  fold,
  LocalScanner,
  S3ShardStore,
  ShardCache,
  VectorIndex,
} from '../../layers/vectors/index.ts';
import { type Call, type Fields, intercept } from '../support/faults.ts';
import type { Random } from '../support/random.ts';
import { Crash, type Mishaps, Outage } from './mishaps.ts';
import type { Scheduler } from './scheduler.ts';

export const DIMENSION = 16;

/** Room for about two shards, so that readers load again what they have loaded before. */
const CACHE_BYTES = 2_000;
/** What a call takes on the simulated clock. */
const CALL_MS = 5;

export interface CloudOptions {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly table: string;
  readonly bucket: string;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly mishaps: Mishaps;
  readonly onShardLost: (collection: Collection, error: Error) => void;
}

/** What one request of an environment does. */
interface Request {
  readonly environment: Environment;
  /** The objects it has put. */
  readonly put: string[];
}

export type Outcome<T> = { readonly value: T } | 'interrupted';

export class Cloud {
  readonly options: CloudOptions;
  /** Milliseconds of the simulated clock. */
  now = Date.UTC(2030, 0, 1);
  readonly #interrupted: Request[] = [];
  readonly #current = new AsyncLocalStorage<Request>();
  #ids = 0;

  constructor(options: CloudOptions) {
    this.options = options;
    intercept(options.dynamodb, (call) => this.#call(call));
    intercept(options.s3, (call) => this.#call(call));
  }

  /** Objects put by requests that were interrupted, even after that: nobody may ever name them. */
  abandoned(): Set<string> {
    return new Set(this.#interrupted.flatMap(({ put }) => put));
  }

  newId = (): string => String(++this.#ids).padStart(10, '0');

  sleep = (milliseconds: number): Promise<void> => {
    const wait = async () => {
      this.now += milliseconds;
    };
    return this.#current.getStore() === undefined ? wait() : this.options.scheduler.turn(wait);
  };

  /** Has an environment do something, which a mishap may interrupt. @throws any other error */
  async request<T>(environment: Environment, work: () => Promise<T>): Promise<Outcome<T>> {
    const request: Request = { environment, put: [] };
    try {
      return { value: await this.#current.run(request, work) };
    } catch (error) {
      const isMishap = [Crash, Outage, BusyError].some((mishap) => error instanceof mishap);
      if (!isMishap) throw error;
      this.#interrupted.push(request);
      return 'interrupted';
    }
  }

  async #call(call: Call): Promise<Fields> {
    const request = this.#current.getStore();
    if (request === undefined) return call.proceed();
    const { environment } = request;
    return this.options.scheduler.turn(async () => {
      if (environment.dead) throw new Crash();
      this.now += CALL_MS;
      if (call.operation === 'PutObject') request.put.push(String(call.input['Key']));
      try {
        return await this.options.mishaps.handle(call);
      } catch (error) {
        if (error instanceof Crash) environment.dead = true;
        throw error;
      }
    });
  }
}

/** What a process has in memory. */
export class Environment {
  readonly records: Records;
  readonly store: S3ShardStore;
  readonly index: VectorIndex<Face>;
  dead = false;
  readonly #cache: ShardCache;
  readonly #cloud: Cloud;

  constructor(cloud: Cloud) {
    const { dynamodb, s3, table, bucket, random, onShardLost } = cloud.options;
    this.#cloud = cloud;
    this.records = new Records({
      client: dynamodb,
      table,
      clock: () => new Date(cloud.now),
      random: random.next,
      newId: cloud.newId,
      sleep: cloud.sleep,
    });
    this.store = new S3ShardStore(s3, bucket);
    this.#cache = new ShardCache(this.store, CACHE_BYTES);
    this.index = new VectorIndex<Face>({
      index: 'faces',
      records: this.records,
      source: this.records.faces,
      scanner: new LocalScanner(this.#cache),
      onShardLost,
    });
  }

  fold(collection: Collection): Promise<FoldResult> {
    const { records, store } = this;
    return fold(collection, {
      records,
      store,
      cache: this.#cache,
      index: 'faces',
      dimension: DIMENSION,
      existing: (within, ids) => records.faces.existing(within, ids),
      all: (within) => records.faces.all(within),
      clock: () => this.#cloud.now,
      newId: this.#cloud.newId,
    });
  }

  async purge(generation: string): Promise<void> {
    await this.records.purges.deleteItems(generation);
    await this.store.deleteGeneration(generation);
    await this.records.purges.finish(generation);
  }
}
