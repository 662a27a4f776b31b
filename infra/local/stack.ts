/**
 * The whole of Recollect on one machine: a database, an object store, the operations behind an HTTP
 * server, and the jobs. The code that runs on AWS runs here unchanged, through the AWS SDK, over sockets.
 */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BucketAlreadyOwnedByYou, CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { auditEntries } from '../../functions/common/auditing.ts';
import { ImageLoader } from '../../functions/common/images.ts';
import { createIndexes } from '../../functions/common/indexes.ts';
import { createMaintenance } from '../../functions/common/maintenance.ts';
import { ReceiptIssuer } from '../../functions/common/receipt-issuer.ts';
import { createServices } from '../../functions/common/services.ts';
import { sweepRetention } from '../../functions/common/sweep-retention.ts';
import type { AccessLog } from '../../functions/http/access-log.ts';
import { Bodies, type BodyLimits } from '../../functions/http/bodies.ts';
import { corsHeaders, type DoorSettings, refusal } from '../../functions/http/doorkeeper.ts';
import { listen } from '../../functions/http/listen.ts';
import { LARGEST_BODY, requestListener } from '../../functions/http/server.ts';
import { operations } from '../../functions/operations.ts';
import { Trail } from '../../layers/audit/index.ts';
import { Work } from '../../layers/inference/index.ts';
import { FileKeyStore, FileSigningKey, type KeyStore } from '../../layers/keys/index.ts';
import type { Authenticate } from '../../layers/protocol/index.ts';
import { authentication, endpoint, issueKey, KeyCache } from '../../layers/protocol/index.ts';
import { ensureTable, Records } from '../../layers/records/index.ts';
import {
  FanOut,
  LocalScanner,
  S3ShardStore,
  ScannerBySize,
  ShardCache,
} from '../../layers/vectors/index.ts';
import { startDynamo } from '../emulators/dynamo/index.ts';
import { startS3 } from '../emulators/s3/index.ts';
import { SqsApi } from '../emulators/sqs/index.ts';
import { openFaceModels } from '../models/installed.ts';
import { noteComplete, prepareDataFolder, STORES } from './data-folder.ts';
import { apiEntry, s3Entry } from './entries.ts';
import { Erasure } from './erasure.ts';
import { existingObjects } from './existing-objects.ts';
import { translateLocally } from './faults.ts';
import { GREETING, S3_GREETING } from './greetings.ts';
import { inferenceThreads, waitingFor } from './inference-threads.ts';
import { LocalJobs } from './jobs.ts';
import { isLoopback, type LocalOptions } from './options.ts';
import { type OnRecordAction, RecordActions } from './record-actions.ts';
import { s3Credentials } from './s3-credentials.ts';
import { ScanWorkers } from './scan-workers.ts';
import { withEvents, withSqs } from './side-doors.ts';
import { LocalUploads, UPLOAD_BUCKET } from './uploads.ts';
import { LocalVideos, VIDEO_BUCKET } from './videos.ts';

export interface LocalStack {
  /** Where the API answers, such as `http://127.0.0.1:8000`. */
  readonly endpoint: string;
  /** Where S3 answers. */
  readonly s3Endpoint: string;
  /** The keys that requests need; `undefined` where they need none. */
  readonly keys: KeyStore | undefined;
  /** Finishes requests and jobs, then releases ports and files. */
  close(): Promise<void>;
}

export interface LocalHooks {
  /** Told of every request of every door. */
  readonly log?: AccessLog;
  readonly warn?: (message: string, error: Error) => void;
  /** Told what was noticed and put right while the data were opened. */
  readonly notice?: (sentence: string) => void;
  /** Told of each action that an operation asks of the database. */
  readonly onRecordAction?: OnRecordAction;
}

export const TABLE = 'recollect';
export const AUDIT_TABLE = 'recollect-audit';
const FORGET_EVERY_MS = 6 * 60 * 60 * 1000;
/** Where shards go; photographs belong into buckets of the user's own. */
export const SHARD_BUCKET = 'recollect-shards';
/** AWS accounts are twelve digits; this one is nobody's. */
const ACCOUNT = '000000000000';
const REGION = 'us-east-1';
/** What the functions use the object store with: a key of this process, kept nowhere. */
const OWN_GRANT = { name: '', operations: 'all', collections: '*', expires: undefined } as const;
const SHARD_CACHE_BYTES = 512 * 1024 * 1024;
/**
 * Shards beyond this are scanned by threads: a scan in this process would keep it from answering for more
 * than 20 milliseconds.
 */
const FAN_OUT_BYTES = 256 * 1024 * 1024;
/** Of all threads together; of what is beyond, a part is read for each search. */
const WORKER_CACHE_BYTES = 4096 * 1024 * 1024;
/** A request of 64 KiB has hardly a photograph in it. Those with one share room for some fifteen. */
const bodyLimits = (threads: number, waiting: number): BodyLimits => ({
  largest: LARGEST_BODY,
  small: 64 * 1024,
  room: 96 * 1024 * 1024,
  patience: 120_000,
  // One that is looked at for each thread, and one that is decoded before or stored after.
  inHand: 2 * threads + 1,
  waiting: { bodies: waiting, bytes: 1024 * 1024 * 1024 },
});
/** Operations after which something is left of what they deleted. */
const DELETIONS: ReadonlySet<string> = new Set([
  'DeleteCollection',
  'DeleteFaces',
  'DeleteUser',
  'DisassociateFaces',
]);
const MODELS = path.resolve(import.meta.dirname, '../../models');

/** @throws the system's error if a port is taken, StoreError if the data are in use, damaged or not all there */
export async function startLocal(
  options: LocalOptions,
  hooks: LocalHooks = {},
): Promise<LocalStack> {
  const { log = () => undefined, warn = () => undefined, notice = () => undefined } = hooks;
  await prepareDataFolder(options.data);
  const keys =
    options.auth || !isLoopback(options.host)
      ? new FileKeyStore(path.join(options.data, 'keys'))
      : undefined;
  const door: DoorSettings = {
    hosts: options.publicHosts ?? [],
    origins: options.corsOrigins ?? [],
  };
  const own = issueKey(OWN_GRANT, randomBytes, new Date());
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const step of closers.splice(0).reverse()) await step();
  };
  try {
    const shared = {
      region: REGION,
      credentials: { accessKeyId: own.id, secretAccessKey: own.secret },
    };
    const database = await startDynamo({
      path: path.join(options.data, STORES.dynamodb),
      credentials: shared.credentials,
      notice,
    });
    closers.push(() => database.close());
    const uploads = await LocalUploads.open({
      data: options.data,
      account: ACCOUNT,
      region: REGION,
      createCollections: options.createCollections ?? false,
      afterwards: options.afterUpload ?? 'keep',
      warn,
      notice,
    });
    closers.push(() => uploads.close());
    const store = await startS3({
      directory: path.join(options.data, 's3'),
      host: options.host,
      port: options.s3Port,
      notice,
      reserved: { buckets: [SHARD_BUCKET, VIDEO_BUCKET], ...shared.credentials },
      door: {
        refuse: (visitor) => refusal(visitor, door),
        corsHeaders: (visitor) => corsHeaders(visitor, door),
      },
      greeting: S3_GREETING,
      onAnswer: (answered) => {
        // What the service does itself is part of a request that has a line of its own.
        if (answered.signer?.accessKeyId !== own.id) log(s3Entry(answered));
      },
      onFault: () => undefined,
      notification: { bucket: UPLOAD_BUCKET, deliver: (record) => uploads.deliver(record) },
      ...(keys && { credentials: s3Credentials(own, keys, () => new Date()) }),
    });
    closers.push(() => store.close());
    await noteComplete(options.data);
    const dynamodb = new DynamoDBClient({ ...shared, endpoint: database.endpoint });
    const s3 = new S3Client({ ...shared, endpoint: store.endpoint, forcePathStyle: true });
    closers.push(async () => {
      dynamodb.destroy();
      s3.destroy();
    });
    const watch = hooks.onRecordAction && new RecordActions(hooks.onRecordAction);
    watch?.listenTo(dynamodb);
    await ensureTable(dynamodb, TABLE);
    await ensureBucket(s3, SHARD_BUCKET);
    await ensureBucket(s3, UPLOAD_BUCKET);
    await ensureBucket(s3, VIDEO_BUCKET);

    const jobs = new LocalJobs({ foldAt: options.foldAt, warn });
    const records = new Records({ client: dynamodb, table: TABLE });
    const shards = new S3ShardStore(s3, SHARD_BUCKET);
    const cache = new ShardCache(shards, SHARD_CACHE_BYTES);
    const processors = availableParallelism();
    const workers = new ScanWorkers(processors, {
      s3: { ...shared, endpoint: store.endpoint, forcePathStyle: true },
      bucket: SHARD_BUCKET,
      cacheBytes: WORKER_CACHE_BYTES / processors,
    });
    closers.push(() => workers.close());
    const scanner = new ScannerBySize(
      options.fanOutBytes ?? FAN_OUT_BYTES,
      new LocalScanner(cache),
      new FanOut({
        functions: workers.functions,
        onFailure: (error) => warn('A thread failed to scan; it is asked again.', error),
      }),
    );
    const work = new Work();
    const faceModels = await openFaceModels(options.data);
    const threads = options.threads ?? processors;
    const waiting = options.waiting ?? waitingFor(threads);
    const inference = inferenceThreads({
      threads,
      models: MODELS,
      faceModels,
      work,
      waiting,
    });
    closers.push(() => inference.close());
    const videos = await LocalVideos.open({
      store: uploads.store,
      reserved: uploads.queues,
      outcomes: uploads.outcomes,
      s3,
      records,
      warn,
    });
    const trail = await openTrail(dynamodb, options.auditDays ?? 0);
    if (trail !== undefined) closers.push(forgetting(trail, warn));
    const services = createServices({
      records: () => records,
      indexes: () => createIndexes({ records, scanner, store: shards, faceModels, jobs, warn }),
      inference: () => inference,
      images: () => new ImageLoader(s3, () => inference.reserve()),
      jobs: () => jobs,
      faceModels: () => faceModels,
      judgements: () => options.judgements ?? true,
      receipts: () => new ReceiptIssuer(new FileSigningKey(path.join(options.data, 'receipts'))),
      videos: () => videos.service,
      audit: () => trail,
    });
    const maintenance = createMaintenance({ records, store: shards, cache, faceModels });
    const erasure = new Erasure({
      records,
      store: shards,
      maintenance,
      outcomes: uploads.outcomes,
      videos: () => videos.forget(),
      objects: (keys) => existingObjects(s3, UPLOAD_BUCKET, keys),
      warn,
    });
    // What an earlier process may have died before.
    erasure.ask();
    // After jobs and uploads have stopped: closers run in reverse.
    closers.push(() => erasure.stop());
    await jobs.start({
      maintenance,
      records,
      async afterSweep() {
        const work = { records, jobs, clock: Date.now, warn };
        if ((await sweepRetention(work, () => Number.POSITIVE_INFINITY)) > 0) erasure.ask();
      },
    });
    closers.push(() => jobs.stop());

    uploads.start(services, s3, {
      work,
      // While one is read or stored, there is another for its thread.
      atOnce: threads + 1,
      onDeletion: () => erasure.ask(),
    });
    closers.push(() => uploads.stop());
    await videos.start(services, {
      work,
      isBusy: () => inference.isBusy,
      rate: options.videoRate ?? 5,
      partSeconds: options.videoPartSeconds ?? 60,
      environment: options.environment ?? process.env,
    });
    closers.push(() => videos.stop());

    const authenticate = authenticator(keys, options);
    const onFault = (error: Error) => warn('A request was not answered.', error);
    const api = endpoint({
      operations: watch?.ofEach(operations) ?? operations,
      services: async () => services,
      authenticate: authenticate('rekognition'),
      translate: translateLocally,
      region: REGION,
      log: (entry) => {
        if (entry.status === 200 && DELETIONS.has(String(entry.operation))) erasure.ask();
        log(apiEntry(entry));
      },
      record: trail && ((record) => trail.append(auditEntries(record, new Date()))),
      clock: () => performance.now(),
    });
    const sqs = new SqsApi(videos.queues, ACCOUNT);
    const listener = requestListener({
      endpoint: withSqs(api, sqs, authenticate('sqs'), log),
      accountId: ACCOUNT,
      bodies: new Bodies(bodyLimits(threads, waiting)),
      work,
      door,
      greeting: GREETING,
      console: options.console ?? true,
      log,
      onFault,
    });
    const server = await listen(
      withEvents(listener, {
        log: uploads.outcomes,
        authenticate: authenticate('rekognition'),
        door,
        accessLog: log,
        onFault,
      }),
      options.host,
      options.port,
    );
    closers.push(() => server.close());
    closers.push(() => uploads.outcomes.endFollowers());
    return {
      endpoint: server.url,
      s3Endpoint: store.endpoint,
      keys,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One process writes, so there is one chain, and the order of all lines is certain. */
async function openTrail(client: DynamoDBClient, days: number): Promise<Trail | undefined> {
  if (days === 0) return undefined;
  await ensureTable(client, AUDIT_TABLE);
  return new Trail({ client, table: AUDIT_TABLE, days, chains: 1 });
}

/** Deletes what has expired, now and then. @returns what ends that */
function forgetting(
  trail: Trail,
  warn: (message: string, error: Error) => void,
): () => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  const forget = () => {
    last = trail
      .forget()
      .catch((error: Error) =>
        warn('Expired lines of the audit trail could not be deleted.', error),
      );
  };
  forget();
  const timer = setInterval(forget, FORGET_EVERY_MS).unref();
  return async () => {
    clearInterval(timer);
    await last;
  };
}

/** Who may call, by the service that a request is signed for; nobody is asked where there are no keys. */
function authenticator(
  keys: KeyStore | undefined,
  { publicHosts }: LocalOptions,
): (service: string) => Authenticate {
  if (keys === undefined) return () => async () => undefined;
  const now = () => Date.now();
  const cache = new KeyCache(keys, now);
  return (service) => authentication({ keys: cache, now, service, publicHosts });
}

async function ensureBucket(s3: S3Client, bucket: string): Promise<void> {
  try {
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (!(error instanceof BucketAlreadyOwnedByYou)) throw error;
  }
}
