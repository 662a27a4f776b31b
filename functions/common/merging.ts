/** What merging users and undoing it have in common. */
import type { Collection, Records } from '../../layers/records/index.ts';
import { vectorOf } from './users.ts';

/** @returns the vector of a user with faces that exist; undefined where none has one of the collection's face model */
export function vectorFrom({ faces }: Pick<Records, 'faces'>, collection: Collection) {
  return async (faceIds: readonly string[]): Promise<Float32Array | undefined> => {
    return vectorOf(collection, await faces.getMany(collection, faceIds));
  };
}
