/** Exact search over the vectors of a collection: tail, shards, and the fold between them. */
export { ShardCache } from './cache.ts';
export type { FoldOptions, FoldResult, ShardTrust } from './fold.ts';
export { fold } from './fold.ts';
export type { GarbageOptions } from './garbage.ts';
export { collectGarbage, findGarbage } from './garbage.ts';
export { encodeIds } from './ids.ts';
export { cosine } from './scan.ts';
export type { Embedded } from './shard.ts';
export { encodeShard } from './shard.ts';
export type { ShardStore } from './store.ts';
export { S3ShardStore } from './store.ts';
export type { Match, Query, Source, VectorIndexOptions } from './vector-index.ts';
export { VectorIndex } from './vector-index.ts';
export type { IndexProblem, VerifyOptions } from './verify.ts';
export { verifyIndex } from './verify.ts';
