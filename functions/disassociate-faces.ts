import type { Infer } from '../layers/protocol/index.ts';
import {
  COMMON_ERRORS,
  enumeration,
  list,
  members,
  operation,
  structure,
} from '../layers/protocol/index.ts';
import type { Collection, Face, User } from '../layers/records/index.ts';
import { FACES_PER_CHANGE } from '../layers/records/index.ts';
import type { Services } from './common/services.ts';
import { facesInQuestion, tokenRequest, USER_TAIL, vectorOf } from './common/users.ts';
import { withCollection } from './common/with-collection.ts';

const DisassociatedFace = structure({ FaceId: members.FaceId });
const UnsuccessfulFaceDisassociation = structure({
  FaceId: members.FaceId,
  UserId: members.UserId,
  Reasons: list(enumeration('FACE_NOT_FOUND', 'ASSOCIATED_TO_A_DIFFERENT_USER')),
});
const Output = structure({
  DisassociatedFaces: list(DisassociatedFace, { min: 0, max: 100 }),
  UnsuccessfulFaceDisassociations: list(UnsuccessfulFaceDisassociation, { min: 0, max: 500 }),
  UserStatus: members.UserStatus,
});

/**
 * Takes faces from a user; they stay in the collection. All of a call's faces leave the user or none
 * does; beyond 95 that goes for the first 95 and for the others.
 */
export const DisassociateFaces = operation({
  name: 'DisassociateFaces',
  input: structure(
    {
      CollectionId: members.CollectionId,
      UserId: members.UserId,
      ClientRequestToken: members.ClientRequestToken,
      FaceIds: members.UserFaceIdList,
    },
    ['CollectionId', 'UserId', 'FaceIds'],
  ),
  output: Output,
  errors: [
    ...COMMON_ERRORS,
    'ConflictException',
    'IdempotentParameterMismatchException',
    'ResourceNotFoundException',
  ],
  uses: {
    records: ['BatchGetItem', 'ConditionCheckItem', 'GetItem', 'PutItem', 'UpdateItem'],
    shards: 'none',
    images: false,
    inference: false,
    jobs: ['fold'],
  },
  async handler(input, services: Services) {
    const { records, jobs } = services;
    return withCollection(services, input.CollectionId, async (collection) => {
      const answer = await records.users.change<Infer<typeof Output>, Progress>(
        collection,
        input.UserId,
        tokenRequest('DisassociateFaces', input),
        USER_TAIL,
        async (user, progress) => {
          const requested = progress?.rest ?? [...new Set(input.FaceIds)];
          const faces = await facesInQuestion(records, collection, user, requested);
          return next(collection, user, { requested, faces, progress });
        },
      );
      await jobs.tailGrew(collection, 'users', 1);
      return answer;
    });
  },
});

type Unsuccessful = Infer<typeof UnsuccessfulFaceDisassociation>;

/** What has been done of a call with more faces than one transaction takes. */
interface Progress {
  readonly disassociated: readonly string[];
  readonly unsuccessful: readonly Unsuccessful[];
  /** Ids of the faces that are still to be taken from the user. */
  readonly rest: readonly string[];
}

interface Asked {
  readonly requested: readonly string[];
  readonly faces: ReadonlyMap<string, Face>;
  readonly progress: Progress | undefined;
}

/** One transaction's worth, and the answer or what is left to do. Faces of nobody are in neither list. */
function next(collection: Collection, user: User, { requested, faces, progress }: Asked) {
  const leaving = requested.filter((id) => faces.get(id)?.userId === user.userId);
  const step = leaving.slice(0, FACES_PER_CHANGE);
  const rest = leaving.slice(step.length);
  const disassociated = [...(progress?.disassociated ?? []), ...step];
  const unsuccessful = [
    ...(progress?.unsuccessful ?? []),
    ...requested.flatMap((id) => failure(id, faces.get(id), user)),
  ];
  const staying = user.faceIds.filter((id) => !step.includes(id));
  const known = staying.flatMap((id) => faces.get(id) ?? []);
  const change =
    step.length === 0
      ? undefined
      : {
          associated: [],
          disassociated: step,
          vector: vectorOf(collection, known),
        };
  if (rest.length > 0) return { change, progress: { disassociated, unsuccessful, rest } };
  const answer: Infer<typeof Output> = {
    DisassociatedFaces: disassociated.map((FaceId) => ({ FaceId })),
    UnsuccessfulFaceDisassociations: unsuccessful,
    UserStatus: disassociated.length > 0 ? 'UPDATING' : user.status,
  };
  return { change, answer };
}

function failure(FaceId: string, face: Face | undefined, { userId }: User): Unsuccessful[] {
  if (face === undefined) return [{ FaceId, Reasons: ['FACE_NOT_FOUND'] }];
  if (face.userId === undefined || face.userId === userId) return [];
  return [{ FaceId, UserId: face.userId, Reasons: ['ASSOCIATED_TO_A_DIFFERENT_USER'] }];
}
