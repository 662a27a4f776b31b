import {
  COMMON_ERRORS,
  list,
  members,
  operation,
  ServiceError,
  string,
  structure,
} from '../layers/protocol/index.ts';
import type { Collection, Records } from '../layers/records/index.ts';
import { UserNotFoundError } from '../layers/records/index.ts';
import { noteMatches } from './common/retention.ts';
import { search, type VectorsByModel } from './common/searching.ts';
import type { Services } from './common/services.ts';
import { INVALID_PARAMETERS, UNKNOWN_FACE_ID } from './common/texts.ts';
import { userMatches, vectorsOf } from './common/users.ts';

/** Finds the users of a collection who resemble one of its faces, or one of its users, who is left out. */
export const SearchUsers = operation({
  name: 'SearchUsers',
  input: structure(
    {
      CollectionId: members.CollectionId,
      UserId: members.UserId,
      FaceId: members.FaceId,
      UserMatchThreshold: members.Percent,
      MaxUsers: members.MaxUserResults,
    },
    ['CollectionId'],
  ),
  output: structure({
    UserMatches: list(members.UserMatch, { max: 500 }),
    FaceModelVersion: string(),
    SearchedFace: structure({ FaceId: members.FaceId }),
    SearchedUser: structure({ UserId: members.UserId }),
  }),
  errors: [...COMMON_ERRORS, 'ResourceNotFoundException'],
  uses: {
    records: ['BatchGetItem', 'GetItem', 'Query', 'UpdateItem'],
    shards: 'read',
    images: false,
    inference: false,
    jobs: ['fold'],
  },
  async handler(input, { records, indexes, faceModels }: Services) {
    const { UserId, FaceId, UserMatchThreshold = 80, MaxUsers = 500 } = input;
    const collection = await records.collections.get(input.CollectionId);
    const searched =
      FaceId === undefined
        ? await searchedUser(records, collection, UserId)
        : await searchedFace(records, collection, FaceId);
    const { vectors, exclude, named } = searched;
    const found = await search(indexes.users, faceModels, collection, {
      vectors,
      limit: MaxUsers,
      threshold: UserMatchThreshold,
      exclude,
    });
    await noteMatches(
      { records },
      collection,
      found.flatMap(({ record }) => record.faceIds),
    );
    return {
      UserMatches: userMatches(found),
      FaceModelVersion: collection.faceModel,
      ...named,
    };
  },
});

interface Searched {
  /** None of a user without faces, who resembles nobody. */
  readonly vectors: VectorsByModel;
  readonly exclude?: string;
  readonly named: {
    readonly SearchedFace?: { FaceId: string };
    readonly SearchedUser?: { UserId: string };
  };
}

async function searchedFace(
  { faces }: Records,
  collection: Collection,
  FaceId: string,
): Promise<Searched> {
  const face = await faces.get(collection, FaceId);
  if (face === undefined) throw new ServiceError('ResourceNotFoundException', UNKNOWN_FACE_ID);
  const vectors = new Map([[face.faceModel, face.vector]]);
  return { vectors, named: { SearchedFace: { FaceId } } };
}

async function searchedUser(
  { users }: Records,
  collection: Collection,
  UserId: string | undefined,
): Promise<Searched> {
  if (UserId === undefined) throw new ServiceError('InvalidParameterException', INVALID_PARAMETERS);
  const user = await users.get(collection, UserId);
  if (user === undefined) throw new UserNotFoundError(UserId);
  return {
    vectors: vectorsOf(collection, user),
    exclude: user.id,
    named: { SearchedUser: { UserId } },
  };
}
