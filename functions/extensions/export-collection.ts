import type { FaceModels } from '../../layers/inference/index.ts';
import {
  decodeToken,
  encodeToken,
  extension,
  type Infer,
  ServiceError,
} from '../../layers/protocol/index.ts';
import {
  type Collection,
  type Face,
  keptOf,
  type StoredSuppression,
  type User,
} from '../../layers/records/index.ts';
import { takePage } from '../common/pages.ts';
import type { Services } from '../common/services.ts';
import { exportCollection } from './contracts/export-collection.ts';
import type {
  ExportedCollection,
  ExportedFace,
  ExportedSuppression,
  ExportedUser,
} from './contracts/exported.ts';

const DEFAULT_PAGE_SIZE = 500;

/** Where a page begins: among the faces, the users or the suppressions, after a key. */
const FACES = 'faces#';
const USERS = 'users#';
const SUPPRESSIONS = 'suppressions#';

export const ExportCollection = extension(
  exportCollection,
  async ({ CollectionId, NextToken, MaxResults }, { records, faceModels }: Services) => {
    const collection = await records.collections.get(CollectionId);
    refuseKept(collection);
    // Pages of two face models make no collection.
    const scope = ['ExportCollection', collection.generation, collection.faceModel];
    const position = decodeToken(scope, NextToken) ?? FACES;
    const size = MaxResults ?? DEFAULT_PAGE_SIZE;
    const Collection = described(collection, faceModels);
    const after = position.slice(position.indexOf('#') + 1) || undefined;
    if (position.startsWith(FACES)) {
      const { items, last } = await takePage(records.faces.all(collection, after, size + 1), size);
      const next = last === undefined ? USERS : `${FACES}${last.id}`;
      return {
        Collection,
        Faces: items.map(exportedFace),
        Users: [],
        NextToken: encodeToken(scope, next),
      };
    }
    if (position.startsWith(SUPPRESSIONS)) {
      const { items, last } = await takePage(records.suppressions.all(collection, after), size);
      return {
        Collection,
        Faces: [],
        Users: [],
        Suppressions: items.map((item) => exportedSuppression(item, faceModels)),
        NextToken: last && encodeToken(scope, `${SUPPRESSIONS}${last.id}`),
      };
    }
    const { items, last } = await takePage(
      records.users.list(collection, { after, expected: size + 1 }),
      size,
    );
    const end = collection.suppressions === undefined ? undefined : SUPPRESSIONS;
    const next = last === undefined ? end : `${USERS}${last.id}`;
    return {
      Collection,
      Faces: [],
      Users: items.map(exportedUser),
      NextToken: next && encodeToken(scope, next),
    };
  },
);

/** A file has vectors of one face model. @throws ServiceError ConflictException */
function refuseKept(collection: Collection): void {
  const kept = keptOf(collection);
  if (kept === undefined) return;
  throw new ServiceError(
    'ConflictException',
    `Faces of ${collection.id} are kept in the face model ${kept.faceModel}, and a file has vectors of one; give them their photographs first (recollect upgrade-collection --from), or drop them (--commit --missing drop).`,
  );
}

function described(
  { id, faceModel, firstFaceModel, tags }: Collection,
  { entries }: FaceModels,
): Infer<typeof ExportedCollection> {
  // One that is not installed any more has no entry; its vectors can be taken elsewhere all the same.
  const entry = entries.find(({ version }) => version === faceModel);
  return {
    CollectionId: id,
    FaceModelVersion: faceModel,
    FaceModelSha256: entry?.embedder.sha256,
    FaceIdModelVersion: firstFaceModel === faceModel ? undefined : firstFaceModel,
    Dimension: entry?.dimension,
    Tags: Object.fromEntries(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function exportedFace(face: Face): Infer<typeof ExportedFace> {
  const { left, top, width, height } = face.box;
  const { buffer, byteOffset, byteLength } = face.vector;
  return {
    FaceId: face.id,
    ImageId: face.imageId,
    ExternalImageId: face.externalImageId,
    BoundingBox: { Width: width, Height: height, Left: left, Top: top },
    Confidence: face.confidence,
    EmbeddingNorm: face.norm,
    Vector: new Uint8Array(buffer, byteOffset, byteLength),
    IndexedAt: face.indexedAt,
    MatchedAt: face.matchedAt,
  };
}

function exportedSuppression(
  { id, kind, addedAt, suppressed }: StoredSuppression,
  { entries }: FaceModels,
): Infer<typeof ExportedSuppression> {
  const common = { SuppressionId: id, Kind: kind, AddedAt: addedAt };
  if (suppressed === undefined) return common;
  const { faceModel, similarity, vector } = suppressed;
  return {
    ...common,
    Similarity: similarity,
    FaceModelVersion: faceModel,
    FaceModelSha256: entries.find(({ version }) => version === faceModel)?.embedder.sha256,
    Vector: new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength),
  };
}

function exportedUser({ userId, faceIds }: User): Infer<typeof ExportedUser> {
  return { UserId: userId, FaceIds: [...faceIds] };
}
