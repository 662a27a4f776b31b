/** Scanning shards on one machine: small indexes in this process, large ones by threads. */
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { Scanner, ShardStore } from '../../layers/vectors/index.ts';
import { FanOut, LocalScanner, ScannerBySize, ShardCache } from '../../layers/vectors/index.ts';
import { SHARD_BUCKET } from './places.ts';
import { ScanWorkers } from './scan-workers.ts';

const SHARD_CACHE_BYTES = 512 * 1024 * 1024;
/**
 * Shards beyond this are scanned by threads: a scan in this process would keep it from answering for more
 * than 20 milliseconds.
 */
const FAN_OUT_BYTES = 256 * 1024 * 1024;
/** Of all threads together; of what is beyond, a part is read for each search. */
const WORKER_CACHE_BYTES = 4096 * 1024 * 1024;

export function shardCache(shards: ShardStore): ShardCache {
  return new ShardCache(shards, SHARD_CACHE_BYTES);
}

/** @param s3 where shards are */
export function scanWorkers(processors: number, s3: S3ClientConfig): ScanWorkers {
  return new ScanWorkers(processors, {
    s3: { ...s3, forcePathStyle: true },
    bucket: SHARD_BUCKET,
    cacheBytes: WORKER_CACHE_BYTES / processors,
  });
}

export function scannerBySize(
  cache: ShardCache,
  workers: ScanWorkers,
  fanOutBytes = FAN_OUT_BYTES,
  warn: (message: string, error: Error) => void,
): Scanner {
  return new ScannerBySize(
    fanOutBytes,
    new LocalScanner(cache),
    new FanOut({
      functions: workers.functions,
      onFailure: (error) => warn('A thread failed to scan; it is asked again.', error),
    }),
  );
}
