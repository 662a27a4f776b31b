/**
 * The whole of Recollect on one machine: a database, an object store, the operations behind an HTTP
 * server, and the jobs. The code that runs on AWS runs here unchanged, through the AWS SDK, over sockets.
 */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { auditEntries } from '../../functions/common/auditing.ts';
import { ImageLoader } from '../../functions/common/images.ts';
import { createIndexes } from '../../functions/common/indexes.ts';
import { createMaintenance } from '../../functions/common/maintenance.ts';
import { ReceiptIssuer } from '../../functions/common/receipt-issuer.ts';
import { createServices } from '../../functions/common/services.ts';
import { sweepRetention } from '../../functions/common/sweep-retention.ts';
import { sweepUpgrades } from '../../functions/common/upgrading.ts';
import type { AccessLog } from '../../functions/http/access-log.ts';
import { Bodies } from '../../functions/http/bodies.ts';
import type { DoorSettings } from '../../functions/http/doorkeeper.ts';
import { listen } from '../../functions/http/listen.ts';
import { requestListener } from '../../functions/http/server.ts';
import { operations } from '../../functions/operations.ts';
import { Work } from '../../layers/inference/index.ts';
import { FileKeyStore, FileSigningKey, type KeyStore } from '../../layers/keys/index.ts';
import { endpoint, issueKey } from '../../layers/protocol/index.ts';
import { ensureTable, Records } from '../../layers/records/index.ts';
import { FOLD_LIMITS, S3ShardStore } from '../../layers/vectors/index.ts';
import { startDynamo } from '../emulators/dynamo/index.ts';
import { SqsApi } from '../emulators/sqs/index.ts';
import { openFaceModels } from '../models/installed.ts';
import { withEvents, withSqs } from './additional-endpoints.ts';
import { forgetting, openTrail } from './audit-trail.ts';
import { authenticator } from './authenticator.ts';
import { bodyLimits } from './body-limits.ts';
import { noteComplete, prepareDataFolder, STORES } from './data-folder.ts';
import { apiEntry } from './entries.ts';
import { Erasure } from './erasure.ts';
import { existingObjects } from './existing-objects.ts';
import { translateLocally } from './faults.ts';
import { GREETING } from './greetings.ts';
import { inferenceThreads, waitingFor } from './inference-threads.ts';
import { LocalJobs } from './jobs.ts';
import { LocalUploads, UPLOAD_BUCKET } from './local-uploads.ts';
import { ensureBuckets, startObjectStore } from './object-store.ts';
import { isLoopback, type LocalOptions } from './options.ts';
import { ACCOUNT, REGION, SHARD_BUCKET, TABLE } from './places.ts';
import { type OnRecordAction, RecordActions } from './record-actions.ts';
import { scannerBySize, scanWorkers, shardCache } from './shard-scanner.ts';
import { LocalVideos } from './videos.ts';

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

/** What the functions use the object store with: a key of this process, kept nowhere. */
const OWN_GRANT = { name: '', operations: 'all', collections: '*', expires: undefined } as const;
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
    const store = await startObjectStore({ options, own, keys, door, uploads, log, notice });
    closers.push(() => store.close());
    await noteComplete(options.data);
    const dynamodb = new DynamoDBClient({ ...shared, endpoint: database.endpoint });
    const s3 = new S3Client({ ...shared, endpoint: store.endpoint, forcePathStyle: true });
    closers.push(async () => {
      dynamodb.destroy();
      s3.destroy();
    });
    const watch = hooks.onRecordAction && new RecordActions(hooks.onRecordAction);
    watch?.listenTo(dynamodb, TABLE);
    await ensureTable(dynamodb, TABLE);
    await ensureBuckets(s3);

    const jobs = new LocalJobs({ foldAt: options.foldAt, warn });
    const records = new Records({ client: dynamodb, table: TABLE });
    const shards = new S3ShardStore(s3, SHARD_BUCKET);
    const cache = shardCache(shards);
    const processors = availableParallelism();
    const workers = scanWorkers(processors, { ...shared, endpoint: store.endpoint });
    closers.push(() => workers.close());
    const scanner = scannerBySize(cache, workers, options.fanOutBytes, warn);
    const work = new Work();
    const faceModels = await openFaceModels(options.data);
    const threads = options.threads ?? processors;
    const waiting = options.waiting ?? waitingFor(threads);
    const inference = await inferenceThreads({
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
    const maintenance = createMaintenance({
      records,
      store: shards,
      cache,
      faceModels,
      limits: {
        tail: options.foldTail ?? FOLD_LIMITS.tail,
        rewrites: options.foldRewrites ?? FOLD_LIMITS.rewrites,
      },
    });
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
        if ((await sweepUpgrades(work, () => true)) > 0) erasure.ask();
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
