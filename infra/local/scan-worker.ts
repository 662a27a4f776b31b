/** A thread that scans its share of the shards of large indexes; scan-workers.ts starts it. */
import { parentPort, workerData } from 'node:worker_threads';
import { S3Client } from '@aws-sdk/client-s3';
import {
  decodeTask,
  encodeAnswer,
  encodeFailure,
  S3ShardStore,
  ShardCache,
  scanPart,
} from '../../layers/vectors/index.ts';
import type { Asked, WorkerSettings } from './scan-workers.ts';

const { s3, bucket, cacheBytes } = workerData as WorkerSettings;
const cache = new ShardCache(new S3ShardStore(new S3Client(s3), bucket), cacheBytes);

parentPort?.on('message', async ({ id, request }: Asked) => {
  try {
    const response = await scanPart(decodeTask(request), { cache }).then(
      encodeAnswer,
      encodeFailure,
    );
    parentPort?.postMessage({ id, response });
  } catch (error) {
    parentPort?.postMessage({ id, error: String(error) });
  }
});
