/**
 * Indexing a photograph: which of its faces are kept, under which ids, and how they are stored. What
 * IndexFaces answers to a request, and what becomes of a photograph that was put into the upload bucket.
 *
 * {@link analyse} looks and writes nothing; {@link store} writes. Both give the same when repeated.
 */
import type { DetectedFace, Picture, QualityFilter } from '../../layers/inference/index.ts';
import { qualityReasons } from '../../layers/inference/index.ts';
import type { Infer, members } from '../../layers/protocol/index.ts';
import type { Collection, Face, NewFace } from '../../layers/records/index.ts';
import { encodeShard } from '../../layers/vectors/index.ts';
import type { Wanted } from './face-details.ts';
import { faceDetails, wanted } from './face-details.ts';
import { faceMember } from './face-members.ts';
import { faceId, imageId } from './identity.ts';
import type { Services } from './services.ts';

export interface IndexingOptions {
  readonly externalImageId?: string | undefined;
  /** Default: all of them. */
  readonly maxFaces?: number | undefined;
  /** Default AUTO. */
  readonly qualityFilter?: QualityFilter | undefined;
  /** How far the faces are described. Default: the DEFAULT attributes. */
  readonly wanted?: Wanted;
}

type FaceDetail = Infer<typeof members.FaceDetail>;

export interface RefusedFace {
  readonly face: DetectedFace;
  readonly reasons: readonly Infer<typeof members.Reason>[];
}

export interface Analysis {
  /** The faces that are good enough, largest first. */
  readonly admitted: readonly DetectedFace[];
  /** What is to be stored of each of them, in the same order. */
  readonly faces: readonly NewFace[];
  /** The other faces. */
  readonly refused: readonly RefusedFace[];
  /** Of the admitted faces, then of the refused ones. */
  readonly details: readonly FaceDetail[];
}

/**
 * @param bytes a JPEG or PNG
 * @throws ImageFormatError, ImageTooSmallError, ImageTooLargeError
 */
export async function analyse(
  { inference }: Pick<Services, 'inference'>,
  { faceModel }: Pick<Collection, 'faceModel'>,
  bytes: Uint8Array,
  options: IndexingOptions,
): Promise<Analysis> {
  const { externalImageId, maxFaces, qualityFilter = 'AUTO' } = options;
  const picture = await inference.read(bytes);
  const judged = judge(await inference.findFaces(picture), picture, qualityFilter);
  const { admitted, refused } = admit(judged, picture, maxFaces ?? Number.POSITIVE_INFINITY);
  const details = await faceDetails(
    inference,
    picture,
    [...admitted, ...refused.map(({ face }) => face)],
    options.wanted ?? wanted([], false),
  );
  const image = imageId(bytes);
  const embeddings = await inference.embed(picture, admitted, faceModel);
  const faces = embeddings.map(({ vector }, i) => {
    const { box, confidence } = admitted[i]!;
    const id = faceId(faceModel, image, externalImageId, box, picture);
    return { id, imageId: image, externalImageId, box, confidence, faceModel, vector };
  });
  return { admitted, faces, refused, details };
}

/**
 * @returns all the faces as they are stored, in the order given
 * @throws CollectionNotFoundError, BusyError
 */
export async function store(
  { records, jobs }: Pick<Services, 'records' | 'jobs'>,
  collection: Collection,
  faces: readonly NewFace[],
): Promise<Face[]> {
  const stored = await records.faces.insert(collection, faces, (added) =>
    encodeShard(collection.faceModel, added[0]!.vector.length, added),
  );
  if (stored.length > 0) await jobs.tailGrew(collection, 'faces', stored.length);
  return stored;
}

/** What was stored and what was not, as IndexFaces answers it. */
export function indexedMembers(
  { refused, details }: Pick<Analysis, 'refused' | 'details'>,
  stored: readonly Face[],
) {
  return {
    FaceRecords: stored.map((face, i) => ({
      Face: faceMember(face),
      FaceDetail: details[i],
    })),
    UnindexedFaces: refused.map(({ reasons }, i) => ({
      Reasons: [...reasons],
      FaceDetail: details[stored.length + i],
    })),
  };
}

function judge(
  faces: readonly DetectedFace[],
  picture: Picture,
  filter: QualityFilter,
): RefusedFace[] {
  return faces.map((face) => ({ face, reasons: qualityReasons(face, picture, filter) }));
}

/**
 * Keeps at most `max` of the good faces. Those go first that would not pass the AUTO filter, then the
 * smallest. What remains is in the order given, largest first.
 */
function admit(
  judged: readonly RefusedFace[],
  picture: Picture,
  max: number,
): { admitted: DetectedFace[]; refused: RefusedFace[] } {
  const good = judged.filter(({ reasons }) => reasons.length === 0);
  const passesAuto = ({ face }: RefusedFace) => qualityReasons(face, picture, 'AUTO').length === 0;
  const ranked = [...good.filter(passesAuto), ...good.filter((each) => !passesAuto(each))];
  const kept = new Set(ranked.slice(0, max));
  return {
    admitted: good.filter((each) => kept.has(each)).map(({ face }) => face),
    refused: judged.flatMap((each): RefusedFace[] => {
      if (kept.has(each)) return [];
      return [each.reasons.length > 0 ? each : { face: each.face, reasons: ['EXCEEDS_MAX_FACES'] }];
    }),
  };
}
