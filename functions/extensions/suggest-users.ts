import { decodeToken, encodeToken, extension } from '../../layers/protocol/index.ts';
import type { Face } from '../../layers/records/index.ts';
import { faceMember, nearness } from '../common/face-members.ts';
import { Grouping } from '../common/grouping.ts';
import { neighbours } from '../common/neighbours.ts';
import { search, viewAt } from '../common/searching.ts';
import type { Services } from '../common/services.ts';
import { timeForAPage } from '../common/time-limit.ts';
import { MAX_FACES_PER_USER, userMatches } from '../common/users.ts';
import { suggestUsers } from './contracts/suggest-users.ts';

/** Users whom a group may belong to already; more would be no help. */
const MOST_USERS = 3;

export const SuggestUsers = extension(
  suggestUsers,
  async (input, { records, indexes, faceModels }: Services) => {
    const { SimilarityThreshold = 80, MinFaces = 2, MaxResults = 20 } = input;
    const collection = await records.collections.get(input.CollectionId);
    const scope = ['SuggestUsers', collection.generation, String(SimilarityThreshold)];
    const {
      view,
      after: from,
      continued,
    } = viewAt(collection, decodeToken(scope, input.NextToken));
    const model = faceModels.get(view.faceModel);
    const near = nearness(model, SimilarityThreshold);
    const all = (after?: string) => records.faces.all(view, after);
    const grouping = new Grouping<Face>((face) =>
      neighbours({ index: indexes.faces, all }, view, face, near, withoutUser),
    );
    const proceed = timeForAPage();
    const suggested = [];
    let next: string | undefined;
    for await (const face of all(from)) {
      const group = withoutUser(face) && (await grouping.groupOf(face, MAX_FACES_PER_USER - 1));
      if (group !== undefined && group.members.length + 1 >= MinFaces) {
        const users = await search(indexes.users, faceModels, collection, {
          vectors: new Map([[face.faceModel, face.vector]]),
          limit: MOST_USERS,
          threshold: SimilarityThreshold,
        });
        suggested.push({
          Face: faceMember(face),
          FaceMatches: group.members.map(({ kept, cosine }) => ({
            Similarity: Math.fround(model.similarity(cosine)),
            Face: faceMember(kept),
          })),
          UserMatches: userMatches(users),
        });
      }
      next = face.id;
      if (suggested.length === MaxResults || !proceed()) break;
      next = undefined;
    }
    const position = continued(next);
    return {
      SuggestedUsers: suggested,
      FaceModelVersion: collection.faceModel,
      ...(position !== undefined && { NextToken: encodeToken(scope, position) }),
    };
  },
);

function withoutUser(face: Face): Face | undefined {
  return face.userId === undefined ? face : undefined;
}
