/**
 * Bugs that services of this kind have had, put in on purpose: what the product is given in place of the
 * real thing. A suite that does not find them would not find others.
 */
import type { Manifest, TailEntry } from '../../layers/records/index.ts';
import { decodeIds, idFromBytes } from '../../layers/vectors/ids.ts';
import type { FoldOptions, GarbageOptions } from '../../layers/vectors/index.ts';
import { decodeShard } from '../../layers/vectors/shard.ts';
import type { Mutant } from './cloud.ts';

/** What is folded between the two reads is in neither. */
const manifestBeforeTail: Mutant = {
  search({ tail, manifests }) {
    const read = new Map<string, Manifest>();
    return {
      tail: {
        async read(generation, index) {
          read.set(`${generation} ${index}`, await manifests.get(generation, index));
          return tail.read(generation, index);
        },
      },
      manifests: {
        get: async (generation, index) =>
          read.get(`${generation} ${index}`) ?? manifests.get(generation, index),
      },
    };
  },
};

/** Entries get their keys before they are committed, so that a smaller one may come later. */
const foldByWatermark: Mutant = {
  fold(options: FoldOptions): FoldOptions {
    const { tail } = options.records;
    let readAgain: () => Promise<readonly TailEntry[]> = async () => [];
    return {
      ...options,
      records: {
        ...options.records,
        manifests: options.records.manifests,
        tail: {
          async read(generation, index, atMost) {
            readAgain = () => tail.read(generation, index);
            return tail.read(generation, index, atMost);
          },
          async delete(entries) {
            const watermark = entries.reduce(
              (last, { key: { sk } }) => (sk > last ? sk : last),
              '',
            );
            const all = await readAgain();
            await tail.delete(all.filter(({ key }) => key.sk <= watermark));
          },
        },
      },
    };
  },
};

/** What a fold has put, and is about to name, is taken for garbage. */
const collectionOfTheYoung: Mutant = {
  collect(options: GarbageOptions): GarbageOptions {
    const { store } = options;
    return {
      ...options,
      store: {
        delete: (keys) => store.delete(keys),
        async *list(generation) {
          for await (const shard of store.list(generation)) yield { ...shard, modified: 0 };
        },
      },
    };
  },
};

/** By the time the manifest is read, a face that had no record may have been stored, and folded. */
const recordsBeforeManifest: Mutant = {
  fold(options: FoldOptions): FoldOptions {
    const { tail, manifests, removals } = options.records;
    const known = new Map<string, boolean>();
    return {
      ...options,
      existing: async (_, ids) => new Set(ids.filter((id) => known.get(id))),
      records: {
        removals,
        manifests: {
          swap: (...swapped) => manifests.swap(...swapped),
          get: (generation, index) => manifests.get(generation, index),
        },
        tail: {
          async read(generation, index, atMost) {
            const entries = await tail.read(generation, index, atMost);
            const ids = [...new Set(entries.flatMap(idsOf))];
            const existing = await options.existing(
              { id: '', generation, faceModel: '', createdAt: new Date(0), tags: {} },
              ids,
            );
            for (const id of ids) known.set(id, existing.has(id));
            return entries;
          },
          delete: (entries) => tail.delete(entries),
        },
      },
    };
  },
};

/** A fold that swaps the manifest whoever has swapped it meanwhile. */
const swapWithoutVersion: Mutant = {
  fold(options: FoldOptions): FoldOptions {
    const { tail, manifests, removals } = options.records;
    return {
      ...options,
      records: {
        tail,
        removals,
        manifests: {
          get: (generation, index) => manifests.get(generation, index),
          async swap(collection, index, current, next, notes) {
            const { version } = await manifests.get(collection.generation, index);
            return manifests.swap(collection, index, { ...current, version }, next, notes);
          },
        },
      },
    };
  },
};

function idsOf({ kind, payload }: TailEntry): string[] {
  if (kind === 'remove') return decodeIds(payload);
  const { ids, count } = decodeShard(payload);
  return Array.from({ length: count }, (_, i) => idFromBytes(ids, i));
}

export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'a search that reads the manifest before the tail': manifestBeforeTail,
  'a fold that deletes the tail up to a watermark': foldByWatermark,
  'a collector that does not ask for the age': collectionOfTheYoung,
  'a fold that reads the records before the manifest': recordsBeforeManifest,
  'a fold that overwrites the manifest of another one': swapWithoutVersion,
};
