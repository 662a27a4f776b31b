/** What the search indexes are made from: the records of faces and of users. */
import type { FaceModels } from '../../layers/inference/index.ts';
import type { Collection, IndexKind, Records } from '../../layers/records/index.ts';
import type { FoldOptions } from '../../layers/vectors/index.ts';

/** What the vectors of an index are made from, seen through the slot of the collection, and of which length they are. */
export function indexSource(
  { faceModel: version }: Collection,
  kind: IndexKind,
  records: Records,
  faceModels: FaceModels,
): FoldSource & Pick<FoldOptions, 'dimension'> {
  const { dimension } = faceModels.get(version);
  return { dimension, ...(kind === 'faces' ? faces(records) : users(records)) };
}

type FoldSource = Pick<FoldOptions, 'existing' | 'all' | 'size' | 'vectorsOf' | 'current'>;

/** A face keeps its vector for as long as the collection keeps its face model. */
function faces({ faces, collections }: Records): FoldSource {
  return {
    existing: (collection, ids) => faces.existingIn(collection, ids),
    all: (collection, range) => faces.vectors(collection, range),
    size: async (collection) => (await collections.counts(collection)).faces,
    vectorsOf: (collection, ids) => faces.vectorsOf(collection, ids),
  };
}

/** A user's vector changes with the user's faces. */
function users({ users, collections }: Records): FoldSource {
  const current = (collection: Collection, ids: readonly string[]) =>
    users.getMany(collection, ids);
  return {
    existing: async (collection, ids) =>
      new Set((await current(collection, ids)).map(({ id }) => id)),
    all: (collection, range) => users.vectors(collection, range),
    size: async (collection) => (await collections.counts(collection)).users,
    vectorsOf: current,
    current,
  };
}
