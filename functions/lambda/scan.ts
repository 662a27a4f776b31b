/**
 * A scan function: goes over its shards of a large index for a search. There are several of them, so that
 * each keeps its share in memory; the search that asks names the shards.
 */
import type { PartOptions, ScanResponse } from '../../layers/vectors/index.ts';
import {
  decodeTask,
  encodeAnswer,
  encodeFailure,
  S3ShardStore,
  ShardCache,
  scanPart,
} from '../../layers/vectors/index.ts';
import { s3 } from './clients.ts';
import { memory, variable } from './environment.ts';
import { telemetry } from './telemetry.ts';

export function createScanHandler(connect: () => PartOptions) {
  let options: PartOptions | undefined;
  /** @throws what another attempt may mend, so that Lambda counts it as an error of the function */
  return async (event: unknown): Promise<ScanResponse> => {
    options ??= connect();
    try {
      return encodeAnswer(await scanPart(decodeTask(event), options));
    } catch (error) {
      return encodeFailure(error);
    }
  };
}

/** The share of the memory for shards; besides there are Node.js and what is being loaded. */
const CACHE_SHARE = 0.7;

export const handler = createScanHandler(() => ({
  cache: new ShardCache(
    new S3ShardStore(s3(), variable('SHARD_BUCKET')),
    CACHE_SHARE * memory() * 1024 * 1024,
  ),
  onOverflow: telemetry().scannerOverflow,
}));
