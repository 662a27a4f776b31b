import { extension } from '../../layers/protocol/index.ts';
import { admit } from '../common/admission.ts';
import { faceDetail, faceMatches, lowestCosine } from '../common/face-members.ts';
import { noteMatches } from '../common/retention.ts';
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
    const model = faceModels.get(collection.faceModel);
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
    inference.release(picture);
    const searched = [];
    for (const { face, embedding } of admitted) {
      const { vector } = embedding;
      const faces = await indexes.faces.search(collection, {
        vector,
        limit: MaxFaces,
        minCosine: lowestCosine(model, FaceMatchThreshold),
      });
      const users = await indexes.users.search(collection, {
        vector,
        limit: MaxUsers,
        minCosine: lowestCosine(model, UserMatchThreshold),
      });
      await noteMatches({ records }, collection, [
        ...new Set([
          ...faces.map(({ record }) => record.id),
          ...users.flatMap(({ record }) => record.faceIds),
        ]),
      ]);
      searched.push({
        FaceDetail: faceDetail(face),
        FaceMatches: faceMatches(model, faces, FaceMatchThreshold),
        UserMatches: userMatches(model, users, UserMatchThreshold),
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
