/**
 * Indexing a photograph: which of its faces are kept, under which ids, and how they are stored. What
 * IndexFaces answers to a request, and what becomes of a photograph that was put into the upload bucket.
 *
 * {@link analyse} looks and writes nothing; {@link store} writes. Both give the same when repeated.
 */
import type { DetectedFace, PictureHandle, QualityFilter } from '../../layers/inference/index.ts';
import type { Infer, members } from '../../layers/protocol/index.ts';
import {
  type Collection,
  type Face,
  type FaceVector,
  type NewFace,
  shadowOf,
} from '../../layers/records/index.ts';
import { type Admission, admit, admitNobody, type RefusedFace } from './admission.ts';
import type { RequestedDetails } from './face-details.ts';
import { faceDetails, requestedDetails } from './face-details.ts';
import { faceMember } from './face-members.ts';
import { faceId, imageId } from './identity.ts';
import { moveKept } from './keeping.ts';
import type { Services } from './services.ts';
import { suppression } from './suppression.ts';
import { facesTail } from './users.ts';

export interface IndexingOptions {
  readonly externalImageId?: string | undefined;
  /** Default: all of them. */
  readonly maxFaces?: number | undefined;
  /** Default AUTO. */
  readonly qualityFilter?: QualityFilter | undefined;
  /** How far the faces are described. Default: the DEFAULT attributes. */
  readonly details?: RequestedDetails;
}

type FaceDetail = Infer<typeof members.FaceDetail>;

export interface Analysis {
  /** The faces that are good enough, as they are to be stored, largest first. */
  readonly faces: readonly NewFace[];
  /** What is answered of each of them, by its FaceId. */
  readonly details: ReadonlyMap<string, FaceDetail>;
  /** The other faces, as they are answered. */
  readonly refused: readonly {
    readonly reasons: RefusedFace['reasons'];
    readonly detail: FaceDetail;
  }[];
}

/**
 * @param bytes a JPEG or PNG
 * @throws ImageFormatError, ImageTooSmallError, ImageTooLargeError
 */
export async function analyse(
  services: Pick<Services, 'inference' | 'records' | 'faceModels'>,
  collection: Collection,
  bytes: Uint8Array,
  options: IndexingOptions,
): Promise<Analysis> {
  const { inference } = services;
  const { faceModel } = collection;
  const identity = collection.firstFaceModel ?? faceModel;
  const { externalImageId } = options;
  const image = imageId(bytes);
  const picture = await inference.read(bytes);
  const { admitted, refused } = await whoIsKept(services, collection, picture, image, options);
  const described = options.details ?? requestedDetails([], false);
  const detailsOf = (faces: readonly { readonly face: DetectedFace }[]) =>
    faceDetails(
      inference,
      picture,
      faces.map(({ face }) => face),
      described,
    );
  const details = await detailsOf(admitted);
  const refusedDetails = await detailsOf(refused);
  const shadows = await shadowVectors(inference, collection, picture, admitted);
  inference.release(picture);
  const faces = admitted.map(({ face: { box, confidence }, embedding: { vector, norm } }, i) => ({
    id: faceId(identity, image, externalImageId, box, picture),
    imageId: image,
    externalImageId,
    box,
    confidence,
    norm,
    faceModel,
    vector,
    shadow: shadows[i],
  }));
  return {
    faces,
    details: new Map(faces.map(({ id }, i) => [id, details[i]!])),
    refused: refused.map(({ reasons }, i) => ({ reasons, detail: refusedDetails[i]! })),
  };
}

/** What the face model makes of the faces to which the collection is being upgraded; none where it is not. */
async function shadowVectors(
  inference: Services['inference'],
  collection: Collection,
  picture: PictureHandle,
  admitted: Admission['admitted'],
): Promise<FaceVector[]> {
  const shadow = shadowOf(collection);
  if (shadow === undefined || admitted.length === 0) return [];
  const { faceModel } = shadow;
  const found = admitted.map(({ face }) => face);
  const embedded = await inference.embed(picture, found, faceModel);
  return embedded.map(({ vector, norm }) => ({ vector, norm, faceModel }));
}

async function whoIsKept(
  services: Pick<Services, 'inference' | 'records' | 'faceModels'>,
  collection: Collection,
  picture: PictureHandle,
  image: string,
  { externalImageId, maxFaces, qualityFilter: filter = 'AUTO' }: IndexingOptions,
): Promise<Admission> {
  const { inference, records } = services;
  const faces = await inference.findFaces(picture);
  if (await records.suppressions.keepsOut(collection, image, externalImageId)) {
    return admitNobody(picture, faces, filter);
  }
  return admit(inference, picture, faces, {
    faceModel: collection.faceModel,
    filter,
    most: maxFaces ?? Number.POSITIVE_INFINITY,
    ...(collection.suppressions && { suppression: await suppression(services, collection) }),
  });
}

/**
 * Faces that are kept in another face model get their vector of the collection's.
 * @returns all the faces as they are stored, in the order given
 * @throws CollectionNotFoundError, BusyError, CollectionChangedError where {@link analyse} must look again
 */
export async function store(
  { records, jobs }: Pick<Services, 'records' | 'jobs'>,
  collection: Collection,
  faces: readonly NewFace[],
): Promise<Face[]> {
  const stored = await records.faces.insert(collection, faces, facesTail);
  if (stored.length > 0) await jobs.tailGrew(collection, 'faces', stored.length);
  const isKept = ({ faceModel }: Face) => faceModel !== collection.faceModel;
  if (!stored.some(isKept)) return stored;
  const vectors = new Map(faces.map((face) => [face.id, face]));
  const kept = new Set(stored.filter(isKept).map(({ id }) => id));
  const wanted = [...kept].flatMap((id) => vectors.get(id) ?? []);
  const moved = await moveKept({ records, jobs }, collection, wanted);
  return stored.map((face) => {
    const { vector = face.vector, faceModel = face.faceModel, norm } = vectors.get(face.id) ?? {};
    return moved.has(face.id) ? { ...face, vector, faceModel, norm } : face;
  });
}

/** What was stored and what was not, as IndexFaces answers it. */
export function indexedMembers(
  { refused, details }: Pick<Analysis, 'refused' | 'details'>,
  stored: readonly Face[],
) {
  return {
    FaceRecords: stored.map((face) => ({
      Face: faceMember(face),
      FaceDetail: details.get(face.id),
    })),
    UnindexedFaces: refused.map(({ reasons, detail }) => ({
      Reasons: [...reasons],
      FaceDetail: detail,
    })),
  };
}
