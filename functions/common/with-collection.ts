/** Working on a collection as it is when the work is stored. */
import type { Collection } from '../../layers/records/index.ts';
import { CollectionChangedError } from '../../layers/records/index.ts';
import type { Services } from './services.ts';

/** A collection that is changed so often while something is looked at is too busy. */
const ATTEMPTS = 5;

/**
 * Works on a collection as it is, and again if something has been suppressed in it meanwhile, or an upgrade of it
 * has got on.
 * @param work may be repeated
 * @throws CollectionNotFoundError, CollectionChangedError if that goes on, and what `work` throws
 */
export async function withCollection<T>(
  { records }: Pick<Services, 'records'>,
  collectionId: string,
  work: (collection: Collection) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(await records.collections.get(collectionId));
    } catch (error) {
      if (!(error instanceof CollectionChangedError) || attempt === ATTEMPTS) throw error;
    }
  }
}
