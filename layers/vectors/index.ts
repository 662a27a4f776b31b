/** Exact search over the vectors of a collection: tail, shards, and the fold between them. */
export { ShardCache } from './cache.ts';
export { assign } from './fanout/assignment.ts';
export { ScanFailedError, ScannersBusyError, ScanProtocolError } from './fanout/errors.ts';
export { FanOut } from './fanout/fan-out.ts';
export type { PartOptions } from './fanout/part.ts';
export { scanPart } from './fanout/part.ts';
export type { ScanAnswer, ScanFunction, ScanTask } from './fanout/task.ts';
export type { ScanRequest, ScanResponse } from './fanout/wire.ts';
export {
  decodeAnswer,
  decodeTask,
  encodeAnswer,
  encodeFailure,
  encodeTask,
} from './fanout/wire.ts';
export type { FoldResult } from './fold.ts';
export { fold } from './fold.ts';
export type { FoldLimits, FoldOptions, ShardTrust } from './fold-options.ts';
export { FOLD_LIMITS, MOST_FOLDED } from './fold-options.ts';
export type { GarbageOptions } from './garbage.ts';
export { collectGarbage, findGarbage, LONGEST_READER_MS } from './garbage.ts';
export { encodeIds } from './ids.ts';
export { holdsVector, idsInShards, idsInTail } from './presence.ts';
export { restoreShard } from './restore.ts';
export { cosine } from './scan.ts';
export type { Scanner } from './scanner.ts';
export { LocalScanner, ScannerBySize, sizeOf } from './scanner.ts';
export type { Embedded } from './shard.ts';
export { encodeShard } from './shard.ts';
export type { ShardStore } from './store.ts';
export { S3ShardStore } from './store.ts';
export type { Match, Query, Source, VectorIndexOptions } from './vector-index.ts';
export { VectorIndex } from './vector-index.ts';
export type { IndexProblem, VerifyOptions } from './verify.ts';
export { verifyIndex } from './verify.ts';
