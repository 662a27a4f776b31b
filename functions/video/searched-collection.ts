/** The collection that a job searches, as long as it is the one that there was when the job began. */
import type { Collection, Records, VideoRequest } from '../../layers/records/index.ts';
import { CollectionNotFoundError } from '../../layers/records/index.ts';
import { VideoError } from '../../layers/video/index.ts';

/**
 * @throws CollectionNotFoundError too where another one has taken its id, VideoError where it has another face model
 *   by now, whose vectors are not those that the job has made
 */
export async function searchedCollection(
  { collections }: Pick<Records, 'collections'>,
  { id, generation, faceModel }: NonNullable<VideoRequest['collection']>,
): Promise<Collection> {
  const now = await collections.get(id);
  if (now.generation !== generation) throw new CollectionNotFoundError(id);
  if (now.faceModel !== faceModel) {
    throw new VideoError(
      `The collection was upgraded to the face model ${now.faceModel} since the job began; start it again.`,
    );
  }
  return now;
}
