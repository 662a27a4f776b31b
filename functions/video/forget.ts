/** Taking whoever has been deleted out of what searches have left: ids and similarities. */
import type { Collection, Records } from '../../layers/records/index.ts';
import { CollectionNotFoundError } from '../../layers/records/index.ts';
import type { FoundFace } from './merge.ts';
import { PERSONS } from './pages.ts';
import type { VideoResults } from './results.ts';

/** Doing it twice, or dying in between, does no harm. */
export async function forgetDeleted(
  records: Pick<Records, 'videoJobs' | 'collections' | 'faces'>,
  results: Pick<VideoResults, 'get' | 'put'>,
): Promise<void> {
  for (const { id, request } of await records.videoJobs.list()) {
    if (request.collection === undefined) continue;
    const lines = await results.get(id, PERSONS);
    if (lines === undefined) continue;
    const found = lines.map((line): FoundFace[] => JSON.parse(line));
    const ids = [...new Set(found.flat().map(([faceId]) => faceId))];
    const present = await presentIn(records, request.collection, ids);
    if (ids.every((faceId) => present.has(faceId))) continue;
    const left = found.map((faces) => faces.filter(([faceId]) => present.has(faceId)));
    await results.put(
      id,
      PERSONS,
      left.map((faces) => JSON.stringify(faces)),
    );
  }
}

async function presentIn(
  { collections, faces }: Pick<Records, 'collections' | 'faces'>,
  { id, generation }: Pick<Collection, 'id' | 'generation'>,
  ids: readonly string[],
): Promise<Set<string>> {
  try {
    const now = await collections.get(id);
    return now.generation === generation ? await faces.existing(now, ids) : new Set();
  } catch (error) {
    if (error instanceof CollectionNotFoundError) return new Set();
    throw error;
  }
}
