/**
 * Keys of the one table. A generation stands for one creation of a collection: a collection that is
 * deleted and created again shares nothing with its predecessor.
 *
 * | pk                        | sk          | what                                              |
 * |---------------------------|-------------|---------------------------------------------------|
 * | COLLECTION#id             | META        | the collection                                    |
 * | COLLECTIONS               | id          | its line in the listing                           |
 * | FACES#generation          | face id     | a face with its vector                            |
 * | USERS#generation          | user key    | a user with its faces and its vector              |
 * | TOKEN#generation          | op#token    | a request that was answered; expires              |
 * | COUNT#generation          | bucket      | sharded counters of faces and users; also a fence |
 * | TAIL#generation#index#b   | ulid        | vectors and deletions not yet in a shard          |
 * | REMOVALS#generation#index | version#ulid | deletions that not all shards have followed yet |
 * | MANIFEST#generation#index | CURRENT     | the live shards                                   |
 * | UPLOADS#generation        | object key  | what became of an object of the upload bucket     |
 * | SWEEP                     | LEASE       | who sweeps, and how far the last sweep came       |
 * | SUPPRESSED#generation     | kind#digest | what is not to be indexed                         |
 * | RETENTION#generation      | CURRENT     | how far the looking for expired faces has come    |
 * | UPGRADE#generation        | CURRENT     | how far the change to another face model has come |
 * | MERGES#generation         | ulid        | users that were made one, to be undone; expires   |
 * | PURGES                    | generation  | a deleted collection whose remains must go        |
 * | ERASURES                  | ulid        | a deletion that has not reached every place yet   |
 * | RECEIPTS#digest of id     | ulid        | a deletion that has; names nobody; expires        |
 * | VIDEO                     | job id      | a job on stored video; expires once it has ended  |
 * | VIDEO-PARTS#job id        | part        | a part of the video that is done                  |
 * | VIDEO-OPEN                | COUNT       | how many jobs are in progress                     |
 */

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Where a vector may be; `slots.ts` says what for. */
export type Slot = 'a' | 'b';

/** What can be searched for. */
export type IndexKind = 'faces' | 'users';

/** A search index of a collection; each has a tail, a manifest and shards of its own. The slots of `slots.ts` have one each. */
export type IndexName = IndexKind | `${IndexKind}-b`;

export const INDEX_KINDS: readonly IndexKind[] = ['faces', 'users'];

/** All that a collection can have; `slots.ts` says which of them it has. */
export const INDEX_NAMES: readonly IndexName[] = ['faces', 'users', 'faces-b', 'users-b'];

/**
 * Enough that environments rarely meet in a transaction on the same bucket, few enough that creating a
 * collection with all of them is one transaction.
 */
export const COUNT_BUCKETS = 32;

/** Spreads the writes of a collection over partitions; every search reads all of them. */
export const TAIL_BUCKETS = 4;

export const COLLECTIONS = 'COLLECTIONS';
export const PURGES = 'PURGES';
export const SWEEP: Key = { pk: 'SWEEP', sk: 'LEASE' };
export const ERASURES = 'ERASURES';
export const VIDEO_JOBS = 'VIDEO';
export const OPEN_JOBS: Key = { pk: 'VIDEO-OPEN', sk: 'COUNT' };

export const collectionKey = (id: string): Key => ({ pk: `COLLECTION#${id}`, sk: 'META' });
export const listingKey = (id: string): Key => ({ pk: COLLECTIONS, sk: id });
export const purgeKey = (generation: string): Key => ({ pk: PURGES, sk: generation });
export const erasureKey = (id: string): Key => ({ pk: ERASURES, sk: id });
/** @param collection digest of a collection's id, which must not say who was in it */
export const receiptsPartition = (collection: string) => `RECEIPTS#${collection}`;
export const receiptKey = (collection: string, id: string): Key => ({
  pk: receiptsPartition(collection),
  sk: id,
});
export const facesPartition = (generation: string) => `FACES#${generation}`;
export const faceKey = (generation: string, faceId: string): Key => ({
  pk: facesPartition(generation),
  sk: faceId,
});
export const uploadsPartition = (generation: string) => `UPLOADS#${generation}`;
export const uploadKey = (generation: string, objectKey: string): Key => ({
  pk: uploadsPartition(generation),
  sk: objectKey,
});
export const suppressionsPartition = (generation: string) => `SUPPRESSED#${generation}`;
export const suppressionKey = (generation: string, id: string): Key => ({
  pk: suppressionsPartition(generation),
  sk: id,
});
export const retentionKey = (generation: string): Key => ({
  pk: `RETENTION#${generation}`,
  sk: 'CURRENT',
});
export const upgradeKey = (generation: string): Key => ({
  pk: `UPGRADE#${generation}`,
  sk: 'CURRENT',
});
export const mergesPartition = (generation: string) => `MERGES#${generation}`;
export const mergeKey = (generation: string, id: string): Key => ({
  pk: mergesPartition(generation),
  sk: id,
});
export const usersPartition = (generation: string) => `USERS#${generation}`;
export const userKey = (generation: string, id: string): Key => ({
  pk: usersPartition(generation),
  sk: id,
});
export const tokensPartition = (generation: string) => `TOKEN#${generation}`;
export const tokenKey = (generation: string, operation: string, token: string): Key => ({
  pk: tokensPartition(generation),
  sk: `${operation}#${token}`,
});
export const countPartition = (generation: string) => `COUNT#${generation}`;
export const countKey = (generation: string, bucket: number): Key => ({
  pk: countPartition(generation),
  sk: String(bucket).padStart(2, '0'),
});
export const tailPartition = (generation: string, index: IndexName, bucket: number) =>
  `TAIL#${generation}#${index}#${bucket}`;
export const removalsPartition = (generation: string, index: IndexName) =>
  `REMOVALS#${generation}#${index}`;
export const manifestKey = (generation: string, index: IndexName): Key => ({
  pk: `MANIFEST#${generation}#${index}`,
  sk: 'CURRENT',
});
export const videoJobKey = (id: string): Key => ({ pk: VIDEO_JOBS, sk: id });
export const partsPartition = (id: string) => `VIDEO-PARTS#${id}`;
export const videoPartKey = (id: string, part: number): Key => ({
  pk: partsPartition(id),
  sk: String(part).padStart(6, '0'),
});
