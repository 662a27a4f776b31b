import type { FaceModel } from '../../layers/inference/index.ts';
import { extension, type Infer, ServiceError } from '../../layers/protocol/index.ts';
import {
  type Collection,
  FACES_PER_CHANGE,
  isIdOf,
  type NewFace,
  type StoredSuppression,
  shadowOf,
  UserExistsError,
} from '../../layers/records/index.ts';
import { refuseOtherFaceModel } from '../common/chosen-face-model.ts';
import { store } from '../common/indexing.ts';
import type { Services } from '../common/services.ts';
import { refuseIfFull, suppression } from '../common/suppression.ts';
import { MAX_FACES_PER_USER, USER_TAIL, vectorOf } from '../common/users.ts';
import { withCollection } from '../common/with-collection.ts';
import type { ExportedFace, ExportedSuppression, ExportedUser } from './contracts/exported.ts';
import { importCollection } from './contracts/import-collection.ts';

type Input = Infer<typeof importCollection.input>;
type Unassociated = NonNullable<Infer<typeof importCollection.output>['UnassociatedFaces']>[number];

export const ImportCollection = extension(importCollection, async (input, services: Services) => {
  const { Faces = [], Users = [], Suppressions = [] } = input;
  const model = services.faceModels.get(input.FaceModelVersion);
  refuseOtherNetwork(model, input.FaceModelSha256);
  const faces = Faces.map((face) => newFace(face, model));
  const stored = Suppressions.map((each) => storedSuppression(each, services));
  const { id } = await target(input, services);
  const { collection, suppressed } = await withCollection(services, id, async (found) => {
    const kept = await notSuppressed(services, found, faces);
    await store(services, found, kept);
    const keptIds = new Set(kept.map((face) => face.id));
    const out = faces.filter((face) => !keptIds.has(face.id)).map((face) => face.id);
    return { collection: found, suppressed: out };
  });
  const unassociated: Unassociated[] = [];
  for (const user of Users) {
    unassociated.push(...(await restoreUser(user, collection, services)));
  }
  if (Users.length > 0) await services.jobs.tailGrew(collection, 'users', Users.length);
  if (stored.length > 0) {
    await refuseIfFull(services, collection, stored);
    await services.records.suppressions.restore(collection, stored);
  }
  return {
    Faces: faces.length - suppressed.length,
    Users: Users.length,
    Suppressions: stored.length,
    UnassociatedFaces: unassociated,
    SuppressedFaces: suppressed,
  };
});

/** Vectors of two networks cannot be compared, whatever they are called. */
function refuseOtherNetwork({ version, embedder }: FaceModel, sha256: string | undefined): void {
  if (sha256 === undefined || sha256 === embedder.sha256) return;
  throw new ServiceError(
    'InvalidParameterException',
    `The face model ${version} of this installation is another network than the one that made these vectors; install that one under a version of its own.`,
  );
}

async function target(
  { CollectionId, FaceModelVersion, FaceIdModelVersion, Create, Tags = {} }: Input,
  { records }: Services,
): Promise<Collection> {
  if (Create === true) {
    refuseOtherFaceModel(FaceModelVersion, Tags);
    return records.collections.create(CollectionId, FaceModelVersion, Tags, FaceIdModelVersion);
  }
  const collection = await records.collections.get(CollectionId);
  if (shadowOf(collection) !== undefined) {
    throw new ServiceError(
      'ConflictException',
      `The collection is being upgraded to the face model ${collection.upgrade?.faceModel}, and vectors come without photographs to embed anew; import when that is committed, or abort it.`,
    );
  }
  if (collection.faceModel === FaceModelVersion) return collection;
  throw new ServiceError(
    'InvalidParameterException',
    `The collection has the face model ${collection.faceModel}, with whose vectors those of ${FaceModelVersion} cannot be compared; import into another collection.`,
  );
}

/** @throws ServiceError InvalidParameterException for a vector that no face model of this kind makes */
function newFace(face: Infer<typeof ExportedFace>, model: FaceModel): NewFace {
  const { Width: width, Height: height, Left: left, Top: top } = face.BoundingBox;
  const vector = float32(face.Vector, model.dimension);
  if (vector === undefined || !isUnit(vector)) {
    throw new ServiceError(
      'InvalidParameterException',
      `The vector of face ${face.FaceId} is not one of the face model ${model.version}: ${model.dimension} numbers of float32, little-endian, of length 1 together.`,
    );
  }
  return {
    id: face.FaceId,
    imageId: face.ImageId,
    externalImageId: face.ExternalImageId,
    box: { left, top, width, height },
    confidence: face.Confidence,
    norm: face.EmbeddingNorm,
    faceModel: model.version,
    vector,
    indexedAt: face.IndexedAt,
    matchedAt: face.MatchedAt,
  };
}

/** @throws ServiceError InvalidParameterException for one that would keep out nobody, or somebody else */
function storedSuppression(
  suppression: Infer<typeof ExportedSuppression>,
  { faceModels }: Pick<Services, 'faceModels'>,
): StoredSuppression {
  const { SuppressionId: id, Kind: kind, AddedAt: addedAt } = suppression;
  const { FaceModelVersion, FaceModelSha256, Similarity: similarity, Vector } = suppression;
  const invalid = () =>
    new ServiceError('InvalidParameterException', `The suppression ${id} is none of an export.`);
  if (!isIdOf(id, kind)) throw invalid();
  if (kind !== 'VECTOR') return { id, kind, addedAt };
  if (FaceModelVersion === undefined || similarity === undefined || Vector === undefined) {
    throw invalid();
  }
  const model = faceModels.get(FaceModelVersion);
  refuseOtherNetwork(model, FaceModelSha256);
  const vector = float32(Vector, model.dimension);
  if (vector === undefined || !isUnit(vector)) throw invalid();
  return { id, kind, addedAt, suppressed: { faceModel: model.version, similarity, vector } };
}

function float32(bytes: Uint8Array, dimension: number): Float32Array | undefined {
  if (bytes.length !== dimension * Float32Array.BYTES_PER_ELEMENT) return undefined;
  const vector = new Float32Array(dimension);
  // The bytes of a body need not start at a multiple of four; those of a new array do.
  new Uint8Array(vector.buffer).set(bytes);
  return vector;
}

function isUnit(vector: Float32Array): boolean {
  const ROUNDING = 1e-3;
  return Math.abs(Math.hypot(...vector) - 1) < ROUNDING;
}

/** What a collection keeps out stays out, whichever way it comes. */
async function notSuppressed(
  services: Services,
  collection: Collection,
  faces: readonly NewFace[],
): Promise<NewFace[]> {
  if (collection.suppressions === undefined) return [...faces];
  const { faceModels, isSuppressed } = await suppression(services, collection);
  const other = faceModels.find((version) => version !== collection.faceModel);
  if (other !== undefined) {
    throw new ServiceError(
      'InvalidParameterException',
      `The collection keeps out vectors of the face model ${other}, with which those of ${collection.faceModel} cannot be compared; delete these suppressions, or index photographs instead.`,
    );
  }
  const kept: NewFace[] = [];
  for (const face of faces) {
    const { imageId, externalImageId, vector } = face;
    const isKeptOut =
      isSuppressed(collection.faceModel, vector) ||
      (await services.records.suppressions.keepsOut(collection, imageId, externalImageId));
    if (!isKeptOut) kept.push(face);
  }
  return kept;
}

/** Creates a user unless there is one, and gives it those of its faces that are nobody's. */
async function restoreUser(
  { UserId, FaceIds }: Infer<typeof ExportedUser>,
  collection: Collection,
  { records }: Services,
): Promise<Unassociated[]> {
  try {
    await records.users.create(collection, UserId, undefined);
  } catch (error) {
    if (!(error instanceof UserExistsError)) throw error;
  }
  const requested = [...new Set(FaceIds)];
  if (requested.length === 0) return [];
  return records.users.change<Unassociated[], true>(
    collection,
    UserId,
    undefined,
    USER_TAIL,
    async (user) => {
      const ids = [...new Set([...user.faceIds, ...requested])];
      const known = await records.faces.getMany(collection, ids);
      const faces = new Map(known.map((face) => [face.id, face]));
      const missing = requested.filter((id) => !user.faceIds.includes(id));
      const free = missing.filter((id) => faces.has(id) && faces.get(id)?.userId === undefined);
      const room = MAX_FACES_PER_USER - user.faceIds.length;
      const step = free.slice(0, Math.min(room, FACES_PER_CHANGE));
      const all = [...user.faceIds, ...step].flatMap((id) => faces.get(id) ?? []);
      const change =
        step.length === 0
          ? undefined
          : { associated: step, disassociated: [], vector: vectorOf(collection, all) };
      if (step.length < Math.min(free.length, room)) return { change, progress: true };
      const unassociated = missing
        .filter((id) => !step.includes(id))
        .map((FaceId): Unassociated => {
          const face = faces.get(FaceId);
          if (face === undefined) return { UserId, FaceId, Reason: 'FACE_NOT_FOUND' };
          const Reason =
            face.userId === undefined ? 'USER_IS_FULL' : 'ASSOCIATED_TO_A_DIFFERENT_USER';
          return { UserId, FaceId, Reason };
        });
      return { change, answer: unassociated };
    },
  );
}
