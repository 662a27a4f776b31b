/** The rows of a search as the API has them: with the faces that each person resembles, as these are now. */
import type { Infer, members } from '../../layers/protocol/index.ts';
import type { FaceLine, Records, VideoJob } from '../../layers/records/index.ts';
import { CollectionNotFoundError } from '../../layers/records/index.ts';
import { faceMember } from '../common/face-members.ts';
import type { FoundFace } from './merge.ts';
import { PERSONS } from './pages.ts';
import type { Videos } from './videos.ts';

type PersonMatch = Infer<typeof members.PersonMatch>;

/** @param rows as they are kept, JSON */
export async function personMatches(
  videos: Pick<Videos, 'file'>,
  records: Pick<Records, 'collections' | 'faces'>,
  job: VideoJob,
  rows: readonly string[],
): Promise<PersonMatch[]> {
  const matches = rows.map((row): PersonMatch => JSON.parse(row));
  const persons = await videos.file(job.id, PERSONS);
  const seen = new Set(matches.map(({ Person }) => Person?.Index ?? 0));
  const found = new Map(
    [...seen].map((index): [number, FoundFace[]] => [index, JSON.parse(persons[index] ?? '[]')]),
  );
  const ids = new Set([...found.values()].flat().map(([id]) => id));
  const faces = await facesNow(records, job, [...ids]);
  return matches.map((match) => ({
    ...match,
    FaceMatches: (found.get(match.Person?.Index ?? 0) ?? []).flatMap(([id, Similarity]) => {
      const face = faces.get(id);
      return face === undefined ? [] : [{ Similarity, Face: faceMember(face) }];
    }),
  }));
}

/** None, if the collection is gone: what is left of it may not have been purged yet. */
async function facesNow(
  { collections, faces }: Pick<Records, 'collections' | 'faces'>,
  { request: { collection } }: VideoJob,
  ids: readonly string[],
): Promise<Map<string, FaceLine>> {
  if (collection === undefined || ids.length === 0) return new Map();
  try {
    const now = await collections.get(collection.id);
    if (now.generation !== collection.generation) return new Map();
    return new Map((await faces.lines(now, ids)).map((line) => [line.id, line]));
  } catch (error) {
    if (error instanceof CollectionNotFoundError) return new Map();
    throw error;
  }
}
