/** Folding tails into shards, taking away what is left of deleted collections, and collecting garbage. */
import { ulid } from 'ulid';
import { BUILT_IN_FACE_MODELS, type FaceModels } from '../../layers/inference/index.ts';
import { kindOf, type Records, through } from '../../layers/records/index.ts';
import type { FoldLimits, FoldResult, ShardCache, ShardStore } from '../../layers/vectors/index.ts';
import { collectGarbage, fold } from '../../layers/vectors/index.ts';
import { indexSource } from './index-source.ts';
import type { Maintenance } from './services.ts';

export interface MaintenanceOptions {
  readonly records: Records;
  readonly store: ShardStore;
  readonly cache: ShardCache;
  /** Default: those that Recollect brings. */
  readonly faceModels?: FaceModels;
  readonly clock?: () => Date;
  /** What one fold may take. */
  readonly limits?: Partial<FoldLimits>;
}

/** What came of an index that the collection does not use, or no more. */
const NOTHING: FoldResult = {
  outcome: 'nothing to do',
  added: 0,
  removed: 0,
  rebuilt: false,
  left: 0,
};

export function createMaintenance(options: MaintenanceOptions): Maintenance {
  const { records, store, cache, clock = () => new Date() } = options;
  const { faceModels = BUILT_IN_FACE_MODELS } = options;
  return {
    async fold(collection, index, { shards = 'trusted', suspect } = {}) {
      const view = through(collection, index);
      if (view === undefined) return NOTHING;
      return fold(view, {
        records,
        store,
        cache,
        index,
        ...indexSource(view, kindOf(index), records, faceModels),
        clock: () => clock().getTime(),
        newId: () => ulid(),
        shards,
        suspect,
        ...(options.limits && { limits: options.limits }),
      });
    },
    async purge(generation, isOver) {
      const lease = await records.purges.take(generation);
      if (lease === undefined) return 'nothing to do';
      if (!(await records.purges.deleteItems(generation, lease, isOver))) {
        await lease.release();
        return 'unfinished';
      }
      await store.deleteGeneration(generation);
      await records.purges.finish(generation);
      return 'purged';
    },
    async pendingPurges() {
      return (await records.purges.pending()).map(({ generation }) => generation);
    },
    collect: () => collectGarbage({ records, store, clock: () => clock().getTime() }),
  };
}
