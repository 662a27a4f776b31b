/**
 * How each service is made on AWS, from the environment of the function. What a bundle imports from here
 * is all that it holds of the services.
 */
import { randomBytes } from 'node:crypto';
import { FaceModels, Inference } from '../../layers/inference/index.ts';
import { SsmSigningKey } from '../../layers/keys/index.ts';
import { Records } from '../../layers/records/index.ts';
import type { Scanner } from '../../layers/vectors/index.ts';
import {
  FanOut,
  LocalScanner,
  S3ShardStore,
  ScannerBySize,
  ShardCache,
} from '../../layers/vectors/index.ts';
import { ImageLoader } from '../common/images.ts';
import { createIndexes } from '../common/indexes.ts';
import { ReceiptIssuer } from '../common/receipt-issuer.ts';
import type { Services } from '../common/services.ts';
import { VideoResults } from '../video/results.ts';
import { VideoObjects } from '../video/video-object.ts';
import { Videos } from '../video/videos.ts';
import { trail } from './audit.ts';
import { dynamodb, lambda, s3, sqs, ssm } from './clients.ts';
import {
  fanOutAt,
  foldAt,
  hasAudit,
  judgementsOn,
  memory,
  scanners,
  threads,
  variable,
  videoTopics,
} from './environment.ts';
import { entries, loader } from './face-models.ts';
import { QueueJobs } from './jobs.ts';
import { Queues } from './queues.ts';
import { lambdaScanner } from './scanners.ts';
import { telemetry } from './telemetry.ts';
import { StepQueue } from './video-queue.ts';

export const faceModels = () => new FaceModels(entries(), variable('FACE_MODEL'));

export const records = () => new Records({ client: dynamodb(), table: variable('TABLE') });

export const images = () => new ImageLoader(s3());

export const inference = ({ faceModels }: Pick<Services, 'faceModels'>) =>
  new Inference({
    models: variable('MODELS'),
    threads: threads(),
    faceModels,
    load: loader(faceModels, s3),
  });

export const judgements = () => judgementsOn();

export const receipts = () => new ReceiptIssuer(new SsmSigningKey(ssm(), variable('RECEIPT_KEY')));

export const audit = () => (hasAudit() ? trail() : undefined);

export const jobs = () =>
  new QueueJobs({
    queues: queues(),
    foldAt: foldAt(),
    random: Math.random,
    telemetry: telemetry(),
  });

export const indexes = ({ records, jobs, faceModels }: Services) => {
  const { store, cache } = shards();
  const { warn } = telemetry();
  return createIndexes({ records, jobs, store, faceModels, scanner: scanner(cache), warn });
};

export const videos = ({ records }: Pick<Services, 'records'>) =>
  new Videos({
    records,
    objects: new VideoObjects(s3()),
    results: new VideoResults(s3(), variable('VIDEO_BUCKET')),
    queue: new StepQueue(sqs(), variable('VIDEO_QUEUE')),
    mayNotify: (topic) => videoTopics().includes(topic),
    newId: () => randomBytes(32).toString('hex'),
    clock: Date.now,
    warn: telemetry().warn,
  });

/** Small indexes in the memory of this function, large ones in that of the scan functions. */
function scanner(cache: ShardCache): Scanner {
  const functions = scanners().map((name) => lambdaScanner(lambda(), name));
  const fanOut = new FanOut({ functions, onFailure: telemetry().failedScan });
  return new ScannerBySize(fanOutAt(), new LocalScanner(cache), fanOut);
}

export function queues(): Queues {
  return new Queues({
    client: sqs(),
    foldQueue: variable('FOLD_QUEUE'),
    purgeQueue: variable('PURGE_QUEUE'),
    clock: Date.now,
  });
}

/** Half of the function's memory may hold shards; models and a photograph need less than the rest. */
export function shards(): { readonly store: S3ShardStore; readonly cache: ShardCache } {
  const store = new S3ShardStore(s3(), variable('SHARD_BUCKET'));
  return { store, cache: new ShardCache(store, (memory() / 2) * 1024 * 1024) };
}
