/** What the operations on users have in common. */
import { createHash } from 'node:crypto';
import { type FaceModel, userVector } from '../../layers/inference/index.ts';
import type { Infer, members } from '../../layers/protocol/index.ts';
import type {
  Collection,
  Face,
  IdentifiedUser,
  Records,
  TailEncoder,
  TokenRequest,
  User,
} from '../../layers/records/index.ts';
import type { Match } from '../../layers/vectors/index.ts';
import { encodeIds, encodeShard } from '../../layers/vectors/index.ts';

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

export function userMember({ userId, status }: User): Infer<typeof members.User> {
  return { UserId: userId, UserStatus: status };
}

/** Matches whose similarity, as it is printed, reaches the threshold; the order stays. */
export function userMatches(
  { similarity }: FaceModel,
  matches: readonly Match<IdentifiedUser>[],
  threshold: number,
): Infer<typeof members.UserMatch>[] {
  return matches.flatMap(({ record, cosine }) => {
    const Similarity = Math.fround(similarity(cosine));
    if (Similarity < threshold) return [];
    return [{ Similarity, User: userMember(record) }];
  });
}
