/** What the operations on users have in common. */
import { createHash } from 'node:crypto';
import { userVector } from '../../layers/inference/index.ts';
import type { Infer, members } from '../../layers/protocol/index.ts';
import {
  type Collection,
  type Face,
  type IdentifiedUser,
  keptOf,
  type Records,
  type TailEncoder,
  type TokenRequest,
  type User,
  type VectorOfFace,
} from '../../layers/records/index.ts';
import { encodeIds, encodeShard } from '../../layers/vectors/index.ts';
import type { Found, VectorsByModel } from './searching.ts';

/** The faces that a request names, less what has been done of it, and with them those that the user has. */
export async function facesInQuestion(
  { faces }: Pick<Records, 'faces'>,
  collection: Collection,
  user: User,
  requested: readonly string[],
): Promise<Map<string, Face>> {
  const ids = [...new Set([...requested, ...user.faceIds])];
  const known = await faces.getMany(collection, ids);
  return new Map(known.map((face) => [face.id, face]));
}

/** The most faces a user may have. */
export const MAX_FACES_PER_USER = 100;

interface TokenInput {
  readonly ClientRequestToken?: string | undefined;
}

/** What a repetition of a request is known by; undefined for one without a token. */
export function tokenRequest(
  operation: string,
  { ClientRequestToken: token, ...parameters }: TokenInput,
): TokenRequest | undefined {
  if (token === undefined) return undefined;
  const sorted = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  const fingerprint = createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
  return { operation, token, fingerprint };
}

export const USER_TAIL: TailEncoder = {
  vector: (id, vector, faceModel) => encodeShard(faceModel, vector.length, [{ id, vector }]),
  deletion: (id) => encodeIds([id]),
  ofFaces: userVector,
};

/** The payload of a tail entry for faces with vectors of one face model, one at least. */
export function facesTail(added: readonly VectorOfFace[]): Uint8Array {
  const [first] = added;
  return encodeShard(first?.faceModel ?? '', first?.vector.length ?? 0, added);
}

/**
 * The vector of a user with these faces, in their order.
 * @returns undefined where none of them has a vector of the face model: there are none, or all are kept in another
 */
export function vectorOf(
  { faceModel }: Pick<Collection, 'faceModel'>,
  faces: readonly Face[],
): Float32Array | undefined {
  const vectors = faces.filter((face) => face.faceModel === faceModel).map(({ vector }) => vector);
  return vectors.length > 0 ? userVector(vectors) : undefined;
}

/** What a user is searched with. */
export function vectorsOf(collection: Collection, { vector, kept }: User): VectorsByModel {
  const keptFaceModel = keptOf(collection)?.faceModel;
  return new Map([
    ...(vector === undefined ? [] : ([[collection.faceModel, vector]] as const)),
    ...(kept === undefined || keptFaceModel === undefined
      ? []
      : ([[keptFaceModel, kept]] as const)),
  ]);
}

export function userMember({ userId, status }: User): Infer<typeof members.User> {
  return { UserId: userId, UserStatus: status };
}

export function userMatches(
  found: readonly Found<IdentifiedUser>[],
): Infer<typeof members.UserMatch>[] {
  return found.map(({ record, similarity }) => ({
    Similarity: similarity,
    User: userMember(record),
  }));
}
