/** The search indexes of collections: one over faces, one over users. */
import type { IndexName, Records } from '../../layers/records/index.ts';
import type { Embedded, Scanner, Source } from '../../layers/vectors/index.ts';
import { VectorIndex } from '../../layers/vectors/index.ts';
import type { Indexes, Jobs } from './services.ts';

export interface IndexesOptions {
  readonly records: Records;
  readonly scanner: Scanner;
  readonly jobs: Pick<Jobs, 'tailSeen' | 'shardLost'>;
  readonly warn: (message: string, error: Error) => void;
}

export function createIndexes({ records, scanner, jobs, warn }: IndexesOptions): Indexes {
  const over = <T extends Embedded>(index: IndexName, source: Source<T>) =>
    new VectorIndex<T>({
      index,
      records,
      source,
      scanner,
      onTail: (collection, length) => jobs.tailSeen(collection, index, length),
      onShardLost: (collection, error) => {
        const what = `A shard of the ${index} of ${collection.id} is lost or damaged`;
        warn(`${what}; the records answer until it is made anew.`, error);
        return jobs.shardLost(collection, index);
      },
    });
  return { faces: over('faces', records.faces), users: over('users', records.users) };
}
