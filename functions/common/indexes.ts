/** The search indexes of collections: one over faces, one over users. */
import type { IndexName, Records } from '../../layers/records/index.ts';
import type { Embedded, Scanner, Source } from '../../layers/vectors/index.ts';
import { VectorIndex } from '../../layers/vectors/index.ts';
import type { Indexes, Jobs } from './services.ts';

export interface IndexesOptions {
  readonly records: Records;
  readonly scanner: Scanner;
  readonly jobs: Pick<Jobs, 'tailSeen'>;
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
      onShardLost: ({ id }, error) =>
        warn(`A shard of the ${index} of ${id} is lost or damaged; the records answered.`, error),
    });
  return { faces: over('faces', records.faces), users: over('users', records.users) };
}
