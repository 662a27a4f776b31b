/** The last step of a job: who is who among the faces of all parts, who of them is known, and the pages. */
import { keptOf, type VideoJob } from '../../layers/records/index.ts';
import { type Likeness, type Person, Tracker } from '../../layers/video/index.ts';
import { search as searchVectors } from '../common/searching.ts';
import { type Order, PageWriter, PERSONS } from './pages.ts';
import { PART } from './part.ts';
import { numbered } from './results.ts';
import { searchedCollection } from './searched-collection.ts';
import { decodeSeen, type SeenFace } from './seen.ts';
import type { PlannedJob, VideoWork } from './work.ts';

/**
 * Similarities, which mean the same for every face model: strangers reach 50 in 3 of 10,000 pairs, and the means
 * of tracks less often; a person seen from another side stays above 15.
 */
const SAME = 50;
const OTHER = 15;

/** The most faces of a collection that are told of one person. */
const MOST_MATCHES = 100;

/** A face of the collection that resembles a person. */
export type FoundFace = readonly [faceId: string, similarity: number];

/** A part that is done is not there. */
class PartMissingError extends Error {
  override readonly name = 'PartMissingError';
}

/** @returns how many rows there are. @throws CollectionNotFoundError, and what S3 throws */
export async function mergeJob(work: VideoWork, job: PlannedJob): Promise<number> {
  return job.request.collection === undefined ? detections(work, job) : searches(work, job);
}

async function detections(work: VideoWork, job: PlannedJob): Promise<number> {
  let total = 0;
  for await (const _ of facesOf(work, job)) total += 1;
  const pages = new PageWriter(work.results, job.id, 'TIMESTAMP', total);
  let row = 0;
  for await (const { timestamp, detail } of facesOf(work, job)) {
    await pages.add(row++, JSON.stringify({ Timestamp: timestamp, Face: detail }));
  }
  return total;
}

async function searches(work: VideoWork, job: PlannedJob): Promise<number> {
  const { id, request } = job;
  const collection = await searchedCollection(work.records, request.collection!);
  const model = work.faceModels.get(collection.faceModel);
  const likeness = { same: model.cosineAt(SAME), other: model.cosineAt(OTHER) };
  const { tracks, tracker } = await follow(work, job, likeness);
  const { ofTrack, persons } = tracker.persons();
  const personOf = (row: number) => ofTrack[tracks[row]!]!;
  const found: string[] = [];
  for (const person of persons) {
    found.push(JSON.stringify(await search(work, job, person)));
  }
  await work.results.put(id, PERSONS, found);

  const writer = (order: Order) => new PageWriter(work.results, id, order, tracks.length);
  const [byTime, byIndex] = [writer('TIMESTAMP'), writer('INDEX')];
  const next = beginnings(persons.length, tracks.length, personOf);
  let row = 0;
  for await (const { timestamp, detail } of facesOf(work, job)) {
    const person = personOf(row);
    const text = JSON.stringify({
      Timestamp: timestamp,
      Person: { Index: person, BoundingBox: detail.BoundingBox, Face: detail },
    });
    await byTime.add(row, text);
    await byIndex.add(next[person]!, text);
    next[person]! += 1;
    row += 1;
  }
  return tracks.length;
}

/** @returns of each face in turn the number of its track */
async function follow(work: VideoWork, job: PlannedJob, likeness: Likeness) {
  const tracker = new Tracker(likeness);
  const tracks: number[] = [];
  let together: SeenFace[] = [];
  const add = () => {
    const faces = together.map(({ detail, identity }) => {
      const { Left = 0, Top = 0, Width = 0, Height = 0 } = detail.BoundingBox ?? {};
      const { vector = new Float32Array(), trust = 0, other } = identity ?? {};
      return { box: { left: Left, top: Top, width: Width, height: Height }, vector, trust, other };
    });
    if (faces.length > 0) tracks.push(...tracker.add(together[0]!.timestamp, faces));
  };
  for await (const face of facesOf(work, job)) {
    if (together[0] !== undefined && together[0].timestamp !== face.timestamp) {
      add();
      together = [];
    }
    together.push(face);
  }
  add();
  return { tracks, tracker };
}

async function search(
  { records, indexes, faceModels }: VideoWork,
  { request }: VideoJob,
  { vector, other }: Person,
): Promise<FoundFace[]> {
  const { threshold = 80 } = request;
  const collection = await searchedCollection(records, request.collection!);
  const kept = keptOf(collection);
  const vectors = new Map([
    [collection.faceModel, vector],
    ...(kept && other ? [[kept.faceModel, other] as const] : []),
  ]);
  const limit = MOST_MATCHES;
  const found = await searchVectors(indexes.faces, faceModels, collection, {
    vectors,
    limit,
    threshold,
  });
  return found.map(({ record, similarity }) => [record.id, similarity] as const);
}

/** Where the rows of each person begin when they are sorted by person. */
function beginnings(persons: number, rows: number, personOf: (row: number) => number): number[] {
  const counts = new Array<number>(persons).fill(0);
  for (let row = 0; row < rows; row++) counts[personOf(row)]! += 1;
  let sum = 0;
  return counts.map((count) => {
    sum += count;
    return sum - count;
  });
}

/** In the order of time; one part at a time is in memory. */
async function* facesOf(
  { results }: Pick<VideoWork, 'results'>,
  { id, plan }: PlannedJob,
): AsyncGenerator<SeenFace> {
  for (let part = 0; part < plan.parts; part++) {
    const lines = await results.get(id, numbered(PART, part));
    if (lines === undefined) throw new PartMissingError(`Part ${part} of job ${id} is gone.`);
    for (const line of lines) yield decodeSeen(line);
  }
}
