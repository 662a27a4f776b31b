/** Associating faces with a user, for AssociateFaces and for uploads that name one. */
import type { FaceModels } from '../../layers/inference/index.ts';
import {
  enumeration,
  type Infer,
  list,
  members,
  ServiceError,
  structure,
} from '../../layers/protocol/index.ts';
import {
  type Collection,
  FACES_PER_CHANGE,
  type Face,
  type User,
} from '../../layers/records/index.ts';
import { cosine } from '../../layers/vectors/index.ts';
import type { Services } from './services.ts';
import { facesInQuestion, MAX_FACES_PER_USER, tokenRequest, USER_TAIL, vectorOf } from './users.ts';
import { withCollection } from './with-collection.ts';

const AssociatedFace = structure({ FaceId: members.FaceId });
const UnsuccessfulFaceAssociation = structure({
  FaceId: members.FaceId,
  UserId: members.UserId,
  Confidence: members.Percent,
  Reasons: list(
    enumeration('FACE_NOT_FOUND', 'ASSOCIATED_TO_A_DIFFERENT_USER', 'LOW_MATCH_CONFIDENCE'),
  ),
});
export const AssociateFacesInput = structure(
  {
    CollectionId: members.CollectionId,
    UserId: members.UserId,
    FaceIds: members.UserFaceIdList,
    UserMatchThreshold: members.Percent,
    ClientRequestToken: members.ClientRequestToken,
  },
  ['CollectionId', 'UserId', 'FaceIds'],
);
export const AssociateFacesOutput = structure({
  AssociatedFaces: list(AssociatedFace, { min: 0, max: 100 }),
  UnsuccessfulFaceAssociations: list(UnsuccessfulFaceAssociation, { min: 0, max: 500 }),
  UserStatus: members.UserStatus,
});

/** @throws ServiceError ServiceQuotaExceededException, and errors of the records */
export async function associateFaces(
  input: Infer<typeof AssociateFacesInput>,
  { records, jobs, faceModels }: Pick<Services, 'records' | 'jobs' | 'faceModels'>,
): Promise<Infer<typeof AssociateFacesOutput>> {
  return withCollection({ records }, input.CollectionId, (collection) =>
    associateIn(collection, input, { records, jobs, faceModels }),
  );
}

async function associateIn(
  collection: Collection,
  input: Infer<typeof AssociateFacesInput>,
  { records, jobs, faceModels }: Pick<Services, 'records' | 'jobs' | 'faceModels'>,
): Promise<Infer<typeof AssociateFacesOutput>> {
  const { UserMatchThreshold = 75 } = input;
  const answer = await records.users.change<Infer<typeof AssociateFacesOutput>, Progress>(
    collection,
    input.UserId,
    tokenRequest('AssociateFaces', input),
    USER_TAIL,
    async (user, progress) => {
      const requested = progress?.rest ?? [...new Set(input.FaceIds)];
      const faces = await facesInQuestion(records, collection, user, requested);
      // What has been judged when the request began is not judged by its own first part.
      const threshold = progress === undefined ? UserMatchThreshold : 0;
      const similarityOf = likeness(collection, faceModels, user, faces);
      const judged = judge(similarityOf, user, { requested, faces, threshold });
      if (progress === undefined) refuseIfFull(user, judged.admitted);
      return next(collection, user, { judged, faces, progress });
    },
  );
  await jobs.tailGrew(collection, 'users', 1);
  return answer;
}

type Unsuccessful = Infer<typeof UnsuccessfulFaceAssociation>;

/** What has been done of a call with more faces than one transaction takes. */
interface Progress {
  readonly associated: readonly string[];
  readonly unsuccessful: readonly Unsuccessful[];
  /** Ids of the faces that are still to be associated. */
  readonly rest: readonly string[];
}

interface Judged {
  readonly admitted: readonly Face[];
  readonly unsuccessful: readonly Unsuccessful[];
}

/**
 * Similarities of faces to the user, by the face model that a face has a vector of: one that is kept in another is
 * compared with those of the user's faces that are kept in it too.
 * @returns 0..100, `any` for a user without faces, undefined where there is nothing to compare with
 */
function likeness(
  collection: Collection,
  faceModels: FaceModels,
  user: User,
  faces: ReadonlyMap<string, Face>,
): (face: Face) => number | 'any' | undefined {
  const own = user.faceIds.flatMap((id) => faces.get(id) ?? []);
  return ({ faceModel, vector }) => {
    if (user.faceIds.length === 0) return 'any';
    const isAnswering = faceModel === collection.faceModel;
    const other = isAnswering ? user.vector : vectorOf({ faceModel }, own);
    return other && Math.fround(faceModels.get(faceModel).similarity(cosine(vector, other)));
  };
}

/** Faces that the user has already are in neither list. */
function judge(
  similarityOf: ReturnType<typeof likeness>,
  user: User,
  given: {
    readonly requested: readonly string[];
    readonly faces: ReadonlyMap<string, Face>;
    readonly threshold: number;
  },
): Judged {
  const admitted: Face[] = [];
  const unsuccessful: Unsuccessful[] = [];
  for (const FaceId of given.requested) {
    const face = given.faces.get(FaceId);
    if (face === undefined) {
      unsuccessful.push({ FaceId, Reasons: ['FACE_NOT_FOUND'] });
    } else if (face.userId === undefined) {
      const similarity = similarityOf(face);
      if (similarity === 'any' || (similarity ?? 0) >= given.threshold) admitted.push(face);
      else {
        const Reasons = ['LOW_MATCH_CONFIDENCE' as const];
        unsuccessful.push({ FaceId, Confidence: similarity, Reasons });
      }
    } else if (face.userId !== user.userId) {
      const Reasons = ['ASSOCIATED_TO_A_DIFFERENT_USER' as const];
      unsuccessful.push({ FaceId, UserId: face.userId, Reasons });
    }
  }
  return { admitted, unsuccessful };
}

function refuseIfFull({ userId, faceIds }: User, admitted: readonly Face[]): void {
  if (admitted.length === 0 || faceIds.length < MAX_FACES_PER_USER) return;
  throw new ServiceError(
    'ServiceQuotaExceededException',
    `The user id: ${userId} has ${MAX_FACES_PER_USER} faces, the most a user can have`,
  );
}

/** One transaction's worth of associations, and the answer or what is left to do. */
function next(
  collection: Collection,
  user: User,
  {
    judged: { admitted, unsuccessful },
    faces,
    progress,
  }: {
    readonly judged: Judged;
    readonly faces: ReadonlyMap<string, Face>;
    readonly progress: Progress | undefined;
  },
) {
  const room = MAX_FACES_PER_USER - user.faceIds.length;
  const step = admitted.slice(0, Math.min(room, FACES_PER_CHANGE)).map(({ id }) => id);
  const rest = admitted.slice(step.length, room).map(({ id }) => id);
  // The API has no reason for a face that finds the user full.
  const overflow = admitted
    .slice(room)
    .map(({ id }): Unsuccessful => ({ FaceId: id, Reasons: [] }));
  const associated = [...(progress?.associated ?? []), ...step];
  const failed = [...(progress?.unsuccessful ?? []), ...unsuccessful, ...overflow];
  const known = [...user.faceIds, ...step].flatMap((id) => faces.get(id) ?? []);
  const change =
    step.length === 0
      ? undefined
      : { associated: step, disassociated: [], vector: vectorOf(collection, known) };
  if (rest.length > 0) return { change, progress: { associated, unsuccessful: failed, rest } };
  const answer: Infer<typeof AssociateFacesOutput> = {
    AssociatedFaces: associated.map((FaceId) => ({ FaceId })),
    UnsuccessfulFaceAssociations: failed,
    UserStatus: associated.length > 0 ? 'UPDATING' : user.status,
  };
  return { change, answer };
}
