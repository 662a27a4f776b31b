import { extension } from '../../layers/protocol/index.ts';
import { admit } from '../common/admission.ts';
import { faceDetail, faceMatches } from '../common/face-members.ts';
import { noteMatches } from '../common/retention.ts';
import { search, vectorsFor } from '../common/searching.ts';
import type { Services } from '../common/services.ts';
import { userMatches } from '../common/users.ts';
import { searchAllFacesByImage } from './contracts/search-all-faces-by-image.ts';

/** One after the other, so that a photograph of a hundred people takes no more memory than one of two. */
export const SearchAllFacesByImage = extension(
  searchAllFacesByImage,
  async (input, { records, indexes, inference, images, faceModels }: Services) => {
    const { FaceMatchThreshold = 80, UserMatchThreshold = 80, QualityFilter = 'NONE' } = input;
    const { MaxFaces = 100, MaxUsers = 100 } = input;
    const collection = await records.collections.get(input.CollectionId);
    const picture = await inference.read(await images.load(input.Image));
    const { admitted, refused } = await admit(
      inference,
      picture,
      await inference.findFaces(picture),
      {
        faceModel: collection.faceModel,
        filter: QualityFilter,
        most: Number.POSITIVE_INFINITY,
      },
    );
    const vectorsOf = await vectorsFor(inference, picture, collection, admitted);
    inference.release(picture);
    const searched = [];
    for (const [i, { face }] of admitted.entries()) {
      const vectors = vectorsOf[i]!;
      const faces = await search(indexes.faces, faceModels, collection, {
        vectors,
        limit: MaxFaces,
        threshold: FaceMatchThreshold,
      });
      const users = await search(indexes.users, faceModels, collection, {
        vectors,
        limit: MaxUsers,
        threshold: UserMatchThreshold,
      });
      await noteMatches({ records }, collection, [
        ...new Set([
          ...faces.map(({ record }) => record.id),
          ...users.flatMap(({ record }) => record.faceIds),
        ]),
      ]);
      searched.push({
        FaceDetail: faceDetail(face),
        FaceMatches: faceMatches(faces),
        UserMatches: userMatches(users),
      });
    }
    return {
      SearchedFaces: searched,
      UnsearchedFaces: refused.map(({ face, reasons }) => ({
        FaceDetail: faceDetail(face),
        Reasons: [...reasons],
      })),
      FaceModelVersion: collection.faceModel,
    };
  },
);
