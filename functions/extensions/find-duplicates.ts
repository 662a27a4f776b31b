import type { FaceModel } from '../../layers/inference/index.ts';
import { decodeToken, encodeToken, extension } from '../../layers/protocol/index.ts';
import { type DuplicatesOptions, duplicates } from '../common/duplicates.ts';
import { faceMember, nearness } from '../common/face-members.ts';
import { viewAt } from '../common/searching.ts';
import type { Services } from '../common/services.ts';
import { timeForAPage } from '../common/time-limit.ts';
import { userMember } from '../common/users.ts';
import { findDuplicates } from './contracts/find-duplicates.ts';

export const FindDuplicates = extension(findDuplicates, async (input, services: Services) => {
  const { Of = 'FACES', SimilarityThreshold = 99, MaxResults = 100 } = input;
  const collection = await services.records.collections.get(input.CollectionId);
  const scope = ['FindDuplicates', collection.generation, Of, String(SimilarityThreshold)];
  const { view, after, continued } = viewAt(collection, decodeToken(scope, input.NextToken));
  const model = services.faceModels.get(view.faceModel);
  const options = {
    nearness: nearness(model, SimilarityThreshold),
    most: MaxResults,
    after,
    proceed: timeForAPage(),
  };
  const find = Of === 'FACES' ? facePairs : userPairs;
  const { members, next } = await find(services, view, model, options);
  const position = continued(next);
  return {
    ...members,
    FaceModelVersion: collection.faceModel,
    ...(position !== undefined && { NextToken: encodeToken(scope, position) }),
  };
});

type Collection = Awaited<ReturnType<Services['records']['collections']['get']>>;

async function facePairs(
  { records, indexes }: Services,
  collection: Collection,
  model: FaceModel,
  options: DuplicatesOptions,
) {
  const all = (from?: string) => records.faces.all(collection, from);
  const { pairs, next } = await duplicates({ index: indexes.faces, all }, collection, options);
  const FacePairs = pairs.map(({ one, other, cosine }) => ({
    Similarity: Math.fround(model.similarity(cosine)),
    Face: faceMember(one),
    OtherFace: faceMember(other),
  }));
  return { members: { FacePairs }, next };
}

async function userPairs(
  { records, indexes }: Services,
  collection: Collection,
  model: FaceModel,
  options: DuplicatesOptions,
) {
  const all = (from?: string) => records.users.all(collection, from);
  const { pairs, next } = await duplicates({ index: indexes.users, all }, collection, options);
  const UserPairs = pairs.map(({ one, other, cosine }) => ({
    Similarity: Math.fround(model.similarity(cosine)),
    User: userMember(one),
    OtherUser: userMember(other),
  }));
  return { members: { UserPairs }, next };
}
