/** Folding tails into shards, taking away what is left of deleted collections, and collecting garbage. */
import { ulid } from 'ulid';
import { BUILT_IN_FACE_MODELS, type FaceModels } from '../../layers/inference/index.ts';
import type { Collection, IndexName, Records } from '../../layers/records/index.ts';
import type { FoldOptions, ShardCache, ShardStore } from '../../layers/vectors/index.ts';
import { collectGarbage, fold } from '../../layers/vectors/index.ts';
import type { Maintenance } from './services.ts';

export interface MaintenanceOptions {
  readonly records: Records;
  readonly store: ShardStore;
  readonly cache: ShardCache;
  /** Default: those that Recollect brings. */
  readonly faceModels?: FaceModels;
  readonly clock?: () => Date;
}

export function createMaintenance(options: MaintenanceOptions): Maintenance {
  const { records, store, cache, clock = () => new Date() } = options;
  const { faceModels = BUILT_IN_FACE_MODELS } = options;
  return {
    fold: (collection, index, shards = 'trusted') =>
      fold(collection, {
        records,
        store,
        cache,
        index,
        ...indexSource(collection, index, records, faceModels),
        clock: () => clock().getTime(),
        newId: () => ulid(),
        shards,
      }),
    async purge(generation) {
      await records.purges.deleteItems(generation);
      await store.deleteGeneration(generation);
      await records.purges.finish(generation);
    },
    async pendingPurges() {
      return (await records.purges.pending()).map(({ generation }) => generation);
    },
    collect: () => collectGarbage({ records, store, clock: () => clock().getTime() }),
  };
}

/** What the vectors of an index are made from, and of which length they are. */
export function indexSource(
  { faceModel: version }: Collection,
  index: IndexName,
  records: Records,
  faceModels: FaceModels,
): FoldSource & Pick<FoldOptions, 'dimension'> {
  const { dimension } = faceModels.get(version);
  return { dimension, ...(index === 'faces' ? faces(records) : users(records)) };
}

type FoldSource = Pick<FoldOptions, 'existing' | 'all' | 'current'>;

/** A face keeps its vector for life. */
function faces({ faces }: Records): FoldSource {
  return {
    existing: (collection, ids) => faces.existing(collection, ids),
    all: (collection) => faces.all(collection),
  };
}

/** A user's vector changes with the user's faces. */
function users({ users }: Records): FoldSource {
  const current = (collection: Collection, ids: readonly string[]) =>
    users.getMany(collection, ids);
  return {
    existing: async (collection, ids) =>
      new Set((await current(collection, ids)).map(({ id }) => id)),
    all: (collection) => users.all(collection),
    current,
  };
}
