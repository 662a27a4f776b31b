/** A part of a video: its pictures are decoded and looked at, and what was seen is kept. */
import type { DetectedFace, PictureHandle } from '../../layers/inference/index.ts';
import { qualityReasons } from '../../layers/inference/index.ts';
import { type Collection, keptOf, type VideoRequest } from '../../layers/records/index.ts';
import { Container, sampledPictures, type TrackedFace } from '../../layers/video/index.ts';
import { faceDetails, type RequestedDetails, requestedDetails } from '../common/face-details.ts';
import { numbered } from './results.ts';
import { searchedCollection } from './searched-collection.ts';
import { encodeSeen } from './seen.ts';
import { sendNext } from './send-parts.ts';
import { isPlanned, type PlannedJob, type VideoWork } from './work.ts';

/** What parts are called until they are put together. */
export const PART = 'part';

/** After so many pictures it is asked whether the job has been stopped. */
const LOOK_EVERY = 20;

/** @throws VideoError, DecoderError, CollectionNotFoundError, the reason of the signal, and what S3 throws */
export async function lookAtPart(
  work: VideoWork,
  job: PlannedJob,
  part: number,
  signal: AbortSignal,
): Promise<void> {
  const { records, results } = work;
  if (!(await records.videoJobs.isPartDone(job.id, part))) {
    const lines = await look(work, job, part, signal);
    if (lines === undefined) return;
    await results.put(job.id, numbered(PART, part), lines);
  }
  const now = await records.videoJobs.finishPart(job.id, part);
  if (now === undefined || !isPlanned(now)) return;
  await work.onProgress(now);
  await sendNext(work, now, part);
}

/** @returns undefined when the job has been stopped */
async function look(
  work: VideoWork,
  { id, request, plan }: PlannedJob,
  part: number,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  const { collection } = request;
  // A search whose collection is gone is not worth its while.
  const searched = collection && (await searchedCollection(work.records, collection));
  const asked = detailsOfVideo(request, work.judgements);
  const first = part * plan.cells;
  const cells = { first, end: first + plan.cells, rate: plan.rate };
  const container = await Container.open(work.objects.source(request, signal));
  const lines: string[] = [];
  let pictures = 0;
  try {
    const decoder = await work.decoder();
    for await (const { timestamp, picture } of sampledPictures(container, decoder, cells, signal)) {
      await work.pause();
      signal.throwIfAborted();
      if (pictures++ % LOOK_EVERY === 0 && !(await isWanted(work, id))) return undefined;
      const seen = await work.inference.hold(picture);
      const faces = await work.inference.findFaces(seen);
      const details = await faceDetails(work.inference, seen, faces, asked);
      const identities = await identitiesOf(work, seen, faces, searched);
      work.inference.release(seen);
      for (const [i, detail] of details.entries()) {
        lines.push(encodeSeen({ timestamp, detail, identity: identities[i] }));
      }
    }
  } finally {
    container.close();
  }
  return lines;
}

/** Whether the job is still in progress. */
async function isWanted({ records }: VideoWork, id: string): Promise<boolean> {
  return (await records.videoJobs.get(id))?.status === 'IN_PROGRESS';
}

/** Rekognition tells whether a face is occluded, and where eyes look, of photographs alone. */
function detailsOfVideo({ attributes }: VideoRequest, judgements: boolean): RequestedDetails {
  const asked = requestedDetails(attributes === 'ALL' ? ['ALL'] : [], judgements);
  const judged = [...asked.judged].filter((name) => name !== 'FACE_OCCLUDED');
  return { ...asked, eyeDirection: false, judged: new Set(judged) };
}

async function identitiesOf(
  { inference }: Pick<VideoWork, 'inference'>,
  picture: PictureHandle,
  faces: readonly DetectedFace[],
  collection: Collection | undefined,
): Promise<Pick<TrackedFace, 'vector' | 'trust' | 'other'>[]> {
  if (collection === undefined || faces.length === 0) return [];
  const embedded = await inference.embed(picture, faces, collection.faceModel);
  const kept = keptOf(collection);
  const others = kept ? await inference.embed(picture, faces, kept.faceModel) : [];
  return embedded.map(({ vector, legibility }, i) => {
    const isTrusted = qualityReasons(faces[i]!, picture, 'AUTO', legibility).length === 0;
    return { vector, trust: isTrusted ? legibility.norm : 0, other: others[i]?.vector };
  });
}
