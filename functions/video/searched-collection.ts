/** The collection that a job searches, as long as it is the one that there was when the job began. */
import type { Collection, Records, VideoRequest } from '../../layers/records/index.ts';
import { CollectionNotFoundError } from '../../layers/records/index.ts';

/** @throws CollectionNotFoundError too where another one has taken its id */
export async function searchedCollection(
  { collections }: Pick<Records, 'collections'>,
  { id, generation }: NonNullable<VideoRequest['collection']>,
): Promise<Collection> {
  const now = await collections.get(id);
  if (now.generation !== generation) throw new CollectionNotFoundError(id);
  return now;
}
