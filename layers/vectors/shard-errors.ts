/** The bytes are not those of a shard, or not all of them, or not as they were written. */
export class ShardCorruptError extends Error {
  override readonly name = 'ShardCorruptError';
  /** Of the shard, where it is known. */
  key?: string;
}
