/** What merging users and undoing it have in common. */
import { userVector } from '../../layers/inference/index.ts';
import type { Collection, Records } from '../../layers/records/index.ts';

/** @returns the vector of a user with faces that exist; undefined for none */
export function vectorFrom({ faces }: Pick<Records, 'faces'>, collection: Collection) {
  return async (faceIds: readonly string[]): Promise<Float32Array | undefined> => {
    const known = await faces.getMany(collection, faceIds);
    return known.length === 0 ? undefined : userVector(known.map(({ vector }) => vector));
  };
}
