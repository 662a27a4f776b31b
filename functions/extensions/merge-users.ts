import { extension, type Infer, ServiceError } from '../../layers/protocol/index.ts';
import type { Collection, User } from '../../layers/records/index.ts';
import { UserNotFoundError } from '../../layers/records/index.ts';
import { cosine } from '../../layers/vectors/index.ts';
import { vectorFrom } from '../common/merging.ts';
import type { Services } from '../common/services.ts';
import { MAX_FACES_PER_USER, tokenRequest, USER_TAIL, vectorsOf } from '../common/users.ts';
import { withCollection } from '../common/with-collection.ts';
import { mergeUsers } from './contracts/merge-users.ts';

export const MergeUsers = extension(mergeUsers, async (input, services: Services) => {
  const { UserId, SourceUserId, Preview = false } = input;
  if (UserId === SourceUserId) {
    throw new ServiceError(
      'InvalidParameterException',
      `UserId and SourceUserId are both ${UserId}; name two users.`,
    );
  }
  const { records, jobs } = services;
  return withCollection(services, input.CollectionId, async (collection) => {
    if (Preview) {
      const source = await existing(services, collection, SourceUserId);
      return preview(services, collection, source, await existing(services, collection, UserId));
    }
    const merge = await records.merges.merge(
      collection,
      { source: SourceUserId, target: UserId },
      tokenRequest('MergeUsers', input),
      USER_TAIL,
      vectorFrom(records, collection),
      (source, target) => preview(services, collection, source, target),
    );
    await jobs.tailGrew(collection, 'users', 2);
    return { MergeId: merge.id, ...merge.preview };
  });
});

/** @throws UserNotFoundError */
async function existing({ records }: Services, collection: Collection, userId: string) {
  const user = await records.users.get(collection, userId);
  if (user === undefined) throw new UserNotFoundError(userId);
  return user;
}

/**
 * What would come of a merge, or comes of one that begins now.
 * @throws ServiceError ServiceQuotaExceededException
 */
async function preview(
  { records, faceModels }: Services,
  collection: Collection,
  source: User,
  target: User,
): Promise<Omit<Infer<typeof mergeUsers.output>, 'MergeId'>> {
  const FaceCount = source.faceIds.length + target.faceIds.length;
  if (FaceCount > MAX_FACES_PER_USER) {
    throw new ServiceError(
      'ServiceQuotaExceededException',
      `Together ${target.userId} and ${source.userId} have ${FaceCount} faces, and a user can have ${MAX_FACES_PER_USER}; disassociate some first.`,
    );
  }
  const targets = vectorsOf(collection, target);
  const toTarget = (faceModel: string, vector: Float32Array) => {
    const other = targets.get(faceModel);
    return other && Math.fround(faceModels.get(faceModel).similarity(cosine(vector, other)));
  };
  const faces = await records.faces.getMany(collection, source.faceIds);
  const known = new Map(faces.map((face) => [face.id, toTarget(face.faceModel, face.vector)]));
  const [own] = vectorsOf(collection, source);
  return {
    Similarity: own && toTarget(...own),
    MergedFaces: source.faceIds.map((FaceId) => ({ FaceId, Similarity: known.get(FaceId) })),
    FaceCount,
  };
}
