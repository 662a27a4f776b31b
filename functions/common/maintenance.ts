/** Folding tails into shards, and taking away what is left of deleted collections. */
import { ulid } from 'ulid';
import { faceModel } from '../../layers/inference/index.ts';
import type { Records } from '../../layers/records/index.ts';
import type { ShardCache, ShardStore } from '../../layers/vectors/index.ts';
import { fold } from '../../layers/vectors/index.ts';
import type { Maintenance } from './services.ts';

export interface MaintenanceOptions {
  readonly records: Records;
  readonly store: ShardStore;
  readonly cache: ShardCache;
  readonly clock?: () => Date;
}

export function createMaintenance(options: MaintenanceOptions): Maintenance {
  const { records, store, cache, clock = () => new Date() } = options;
  return {
    foldFaces: (collection) =>
      fold(collection, {
        records,
        store,
        cache,
        index: 'faces',
        dimension: faceModel(collection.faceModel).dimension,
        existing: (within, ids) => records.faces.existing(within, ids),
        all: (within) => records.faces.all(within),
        clock: () => clock().getTime(),
        newId: () => ulid(),
      }),
    async purge(generation) {
      await records.purges.deleteItems(generation);
      await store.deleteGeneration(generation);
      await records.purges.finish(generation);
    },
    async pendingPurges() {
      return (await records.purges.pending()).map(({ generation }) => generation);
    },
  };
}
