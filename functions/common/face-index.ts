/** The search index over the faces of collections. */
import type { Face, Records } from '../../layers/records/index.ts';
import type { ShardCache } from '../../layers/vectors/index.ts';
import { VectorIndex } from '../../layers/vectors/index.ts';
import type { Jobs } from './services.ts';

export interface FaceIndexOptions {
  readonly records: Records;
  readonly cache: ShardCache;
  readonly jobs: Pick<Jobs, 'tailSeen'>;
  readonly warn: (message: string, error: Error) => void;
}

export function createFaceIndex({
  records,
  cache,
  jobs,
  warn,
}: FaceIndexOptions): VectorIndex<Face> {
  return new VectorIndex<Face>({
    index: 'faces',
    records,
    source: records.faces,
    cache,
    onTail: (collection, length) => jobs.tailSeen(collection, length),
    onShardLost: ({ id }, error) =>
      warn(`A shard of collection ${id} is lost or damaged; its records answered.`, error),
  });
}
