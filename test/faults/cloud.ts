/**
 * The services and the execution environments that call them. Every call that an environment makes for a
 * request waits for its turn, and may meet with a mishap; other calls are made as they are.
 */
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type {
  Collection,
  Face,
  IdentifiedUser,
  IndexKind,
  IndexName,
} from '../../layers/records/index.ts';
import { BusyError, Records, UserBusyError } from '../../layers/records/index.ts';
import {
  collectGarbage,
  type FoldOptions,
  type FoldResult,
  fold,
  type GarbageOptions,
  LocalScanner,
  restoreShard,
  S3ShardStore,
  ShardCache,
  type ShardTrust,
  type Source,
  VectorIndex,
  type VectorIndexOptions,
} from '../../layers/vectors/index.ts';
import type { Embedded } from '../../layers/vectors/shard.ts';
import { shardKeyOf } from '../../layers/vectors/store.ts';
import { type Call, type Fields, intercept } from '../support/faults.ts';
import type { Random } from '../support/random.ts';
import type { TestDatabase, TestStore } from '../support/tables.ts';
import { Crash, type Mishaps, Outage } from './mishaps.ts';
import type { Scheduler } from './scheduler.ts';

export const DIMENSION = 16;

/** Room for about two shards, so that readers load again what they have loaded before. */
const CACHE_BYTES = 2_000;
/** Little, so that much is left to the next fold. */
const LIMITS = { tail: 12, rewrites: 1 };
/** What a call takes on the simulated clock. */
const CALL_MS = 5;

export type SearchRecords = VectorIndexOptions<Embedded>['records'];

/** A bug put in on purpose, to see whether it is found: what the product is given in place of the real. */
export interface Mutant {
  readonly search?: (records: SearchRecords) => SearchRecords;
  readonly fold?: (options: FoldOptions) => FoldOptions;
  readonly collect?: (options: GarbageOptions) => GarbageOptions;
}

export interface CloudOptions {
  readonly database: TestDatabase;
  readonly store: TestStore;
  readonly table: string;
  readonly bucket: string;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly mishaps: Mishaps;
  readonly mutant: Mutant;
  readonly onShardLost: (collection: Collection, error: Error, key: string | undefined) => void;
}

export type Outcome<T> = { readonly value: T } | 'interrupted';

const INTERRUPTIONS = [Crash, Outage, BusyError, UserBusyError];

export class Cloud {
  readonly options: CloudOptions;
  /** Milliseconds of the simulated clock. */
  now = Date.UTC(2030, 0, 1);
  readonly #clients: { destroy(): void }[] = [];
  /** When each object was put. */
  readonly #modified = new Map<string, number>();
  #ids = 0;
  #vandal: S3Client | undefined;

  constructor(options: CloudOptions) {
    this.options = options;
  }

  /** Keys of shards that were lost or damaged on purpose, or whose lists were. */
  readonly damaged = new Set<string>();

  /** Loses or damages one of the objects that there are, whosever it is. @returns what it did */
  damage(): Promise<string> {
    const { store, bucket, random, scheduler } = this.options;
    this.#vandal ??= store.connect();
    const client = this.#vandal;
    return scheduler.turn(async () => {
      const keys = (await store.keys(bucket)).sort();
      if (keys.length === 0) return 'there is nothing to damage';
      const Key = random.pick(keys);
      const kind = random.pick(['lost', 'cut short', 'changed']);
      this.damaged.add(shardKeyOf(Key));
      const object = { Bucket: bucket, Key };
      if (kind === 'lost') {
        await client.send(
          new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [{ Key }] } }),
        );
        return `lost ${Key}`;
      }
      const Range = 'bytes=0-99999999';
      const { Body } = await client.send(new GetObjectCommand({ ...object, Range }));
      const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
      const at = random.below(bytes.length);
      const damaged =
        kind === 'changed'
          ? bytes.map((byte, i) => (i === at ? byte ^ (1 << random.below(8)) : byte))
          : bytes.subarray(0, at);
      await client.send(new PutObjectCommand({ ...object, Body: damaged }));
      return `${Key} was ${kind}`;
    });
  }

  newId = (): string => String(++this.#ids).padStart(10, '0');

  /** Clients for an environment. */
  connect(environment: Environment) {
    const { database, store } = this.options;
    const dynamodb = database.connect();
    const s3 = store.connect();
    this.#clients.push(dynamodb, s3);
    intercept(dynamodb, (call) => this.#call(environment, call));
    intercept(s3, (call) => this.#call(environment, call));
    return { dynamodb, s3 };
  }

  /** Has an environment do something, which a mishap may interrupt. @throws any other error */
  async request<T>(environment: Environment, work: () => Promise<T>): Promise<Outcome<T>> {
    environment.isBusy = true;
    try {
      return { value: await work() };
    } catch (error) {
      if (!INTERRUPTIONS.some((kind) => error instanceof kind)) throw error;
      return 'interrupted';
    }
  }

  close(): void {
    for (const client of this.#clients) client.destroy();
    this.#vandal?.destroy();
  }

  async #call(environment: Environment, call: Call): Promise<Fields> {
    const { scheduler, mishaps } = this.options;
    if (!environment.isBusy) return this.#dated(call, await call.proceed());
    return scheduler.turn(async () => {
      if (environment.dead) throw new Crash();
      this.now += CALL_MS;
      try {
        return this.#dated(call, await mishaps.handle(call));
      } catch (error) {
        if (error instanceof Crash) environment.dead = true;
        throw error;
      } finally {
        if (call.operation === 'PutObject') this.#modified.set(String(call.input['Key']), this.now);
      }
    });
  }

  /** Objects are as old as the simulated clock says. */
  #dated({ operation }: Call, output: Fields): Fields {
    if (operation !== 'ListObjectsV2') return output;
    const Contents = ((output['Contents'] ?? []) as { Key: string }[]).map(({ Key }) => ({
      Key,
      LastModified: new Date(this.#modified.get(Key) ?? this.now),
    }));
    return { ...output, Contents };
  }
}

type FoldSource = Pick<FoldOptions, 'existing' | 'all' | 'size' | 'vectorsOf' | 'current'>;

/** What a process has in memory. */
export class Environment {
  readonly records: Records;
  readonly store: S3ShardStore;
  readonly faces: VectorIndex<Face>;
  readonly users: VectorIndex<IdentifiedUser>;
  dead = false;
  /** Has been given a request; before, and in inspections, its calls wait for nothing. */
  isBusy = false;
  readonly #cache: ShardCache;
  readonly #cloud: Cloud;

  constructor(cloud: Cloud) {
    const { table, bucket, random, scheduler } = cloud.options;
    const { dynamodb, s3 } = cloud.connect(this);
    this.#cloud = cloud;
    const wait = async (milliseconds: number) => {
      cloud.now += milliseconds;
    };
    this.records = new Records({
      client: dynamodb,
      table,
      clock: () => new Date(cloud.now),
      random: random.next,
      newId: cloud.newId,
      sleep: (ms) => (this.isBusy ? scheduler.turn(() => wait(ms)) : wait(ms)),
    });
    this.store = new S3ShardStore(s3, bucket);
    this.#cache = new ShardCache(this.store, CACHE_BYTES);
    this.faces = this.#index('faces', this.records.faces);
    this.users = this.#index('users', this.records.users);
  }

  fold(
    collection: Collection,
    index: IndexName,
    shards: ShardTrust = 'trusted',
    suspect?: string,
  ): Promise<FoldResult> {
    const { mutant } = this.#cloud.options;
    const options: FoldOptions = {
      records: this.records,
      store: this.store,
      cache: this.#cache,
      index,
      dimension: DIMENSION,
      clock: () => this.#cloud.now,
      newId: this.#cloud.newId,
      shards,
      suspect,
      limits: LIMITS,
      ...(index === 'faces' ? this.#faceSource() : this.#userSource()),
    };
    return fold(collection, mutant.fold?.(options) ?? options);
  }

  collect(): Promise<string[]> {
    const { records, store } = this;
    const { mutant } = this.#cloud.options;
    const options: GarbageOptions = { records, store, clock: () => this.#cloud.now };
    return collectGarbage(mutant.collect?.(options) ?? options);
  }

  async purge(generation: string): Promise<void> {
    await this.records.purges.deleteItems(generation);
    await this.store.deleteGeneration(generation);
    await this.records.purges.finish(generation);
  }

  #index<T extends Embedded>(index: IndexKind, source: Source<T>): VectorIndex<T> {
    const { mutant, onShardLost } = this.#cloud.options;
    const { records } = this;
    return new VectorIndex<T>({
      index,
      records: mutant.search?.(records) ?? records,
      source,
      scanner: new LocalScanner(this.#cache),
      restore: (within, shard) =>
        restoreShard(within, shard, {
          store: this.store,
          dimension: DIMENSION,
          ...(index === 'faces' ? this.#faceSource() : this.#userSource()),
        }),
      onShardLost,
    });
  }

  #faceSource(): FoldSource {
    const { faces, collections } = this.records;
    return {
      existing: (within, ids) => faces.existing(within, ids),
      all: (within, range) => faces.vectors(within, range),
      size: async (within) => (await collections.counts(within)).faces,
      vectorsOf: (within, ids) => faces.vectorsOf(within, ids),
    };
  }

  #userSource(): FoldSource {
    const { users, collections } = this.records;
    return {
      existing: async (within, ids) =>
        new Set((await users.getMany(within, ids)).map(({ id }) => id)),
      all: (within, range) => users.vectors(within, range),
      size: async (within) => (await collections.counts(within)).users,
      vectorsOf: (within, ids) => users.getMany(within, ids),
      current: (within, ids) => users.getMany(within, ids),
    };
  }
}
