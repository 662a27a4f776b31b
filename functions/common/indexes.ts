/** The search indexes of collections: one over faces, one over users. */
import type { FaceModels } from '../../layers/inference/index.ts';
import type { IndexKind, Records } from '../../layers/records/index.ts';
import type { Embedded, Scanner, ShardStore, Source } from '../../layers/vectors/index.ts';
import { restoreShard, VectorIndex } from '../../layers/vectors/index.ts';
import { indexSource } from './index-source.ts';
import type { Indexes, Jobs } from './services.ts';

export interface IndexesOptions {
  readonly records: Records;
  readonly scanner: Scanner;
  readonly store: Pick<ShardStore, 'get'>;
  readonly faceModels: FaceModels;
  readonly jobs: Pick<Jobs, 'tailSeen' | 'shardLost'>;
  readonly warn: (message: string, error: Error) => void;
}

export function createIndexes(options: IndexesOptions): Indexes {
  const { records, scanner, store, faceModels, jobs, warn } = options;
  const over = <T extends Embedded>(kind: IndexKind, source: Source<T>) =>
    new VectorIndex<T>({
      index: kind,
      records,
      source,
      scanner,
      onTail: (collection, length) => jobs.tailSeen(collection, kind, length),
      restore: (collection, shard) =>
        restoreShard(collection, shard, {
          store,
          ...indexSource(collection, kind, records, faceModels),
        }),
      onShardLost: (collection, error, key) => {
        const what = `A shard of the ${kind} of ${collection.id} is lost or damaged`;
        warn(`${what}; the records answer until it is made anew.`, error);
        return jobs.shardLost(collection, kind, key);
      },
    });
  return { faces: over('faces', records.faces), users: over('users', records.users) };
}
