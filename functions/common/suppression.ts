/** Who is kept out of a collection by what somebody resembles. */
import type { Collection } from '../../layers/records/index.ts';
import { SuppressionsChangedError } from '../../layers/records/index.ts';
import { cosine } from '../../layers/vectors/index.ts';
import type { Services } from './services.ts';

/** Suppressed vectors a collection may have: each is compared with each face that is to be indexed. */
export const MOST_SUPPRESSED_VECTORS = 10_000;

/** A list that is changed so often while a photograph is looked at is too busy. */
const ATTEMPTS = 5;

/** @returns whether somebody with this vector is kept out */
export async function suppression(
  { records, faceModels }: Pick<Services, 'records' | 'faceModels'>,
  collection: Collection,
): Promise<(vector: Float32Array) => boolean> {
  const { cosineAt } = faceModels.get(collection.faceModel);
  const suppressed = (await records.suppressions.vectors(collection))
    .filter(({ faceModel }) => faceModel === collection.faceModel)
    .map(({ vector, similarity }) => ({ vector, least: cosineAt(similarity) }));
  return (vector) => suppressed.some((each) => cosine(vector, each.vector) >= each.least);
}

/**
 * Indexes into a collection as it is, and again if something has been suppressed in it meanwhile.
 * @throws SuppressionsChangedError if that goes on, and what `index` throws
 */
export async function withSuppressions<T>(
  { records }: Pick<Services, 'records'>,
  collectionId: string,
  index: (collection: Collection) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await index(await records.collections.get(collectionId));
    } catch (error) {
      if (!(error instanceof SuppressionsChangedError) || attempt === ATTEMPTS) throw error;
    }
  }
}
