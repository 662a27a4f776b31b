import { extension, ServiceError } from '../../layers/protocol/index.ts';
import type { Collection, Face, NewSuppression } from '../../layers/records/index.ts';
import { imageId } from '../common/identity.ts';
import type { Services } from '../common/services.ts';
import { refuseIfFull } from '../common/suppression.ts';
import { INVALID_PARAMETERS, NO_FACES } from '../common/texts.ts';
import { suppressFaces } from './contracts/suppress-faces.ts';

/**
 * One stranger in ten thousand is as similar: keeping one out who might come in costs less than letting one in
 * who must not.
 */
const DEFAULT_SIMILARITY = 60;

export const SuppressFaces = extension(suppressFaces, async (input, services: Services) => {
  const { FaceIds = [], ExternalImageIds = [], Image } = input;
  if (FaceIds.length + ExternalImageIds.length === 0 && Image === undefined) {
    throw new ServiceError('InvalidParameterException', INVALID_PARAMETERS);
  }
  const { records } = services;
  const collection = await records.collections.get(input.CollectionId);
  const faces = await records.faces.getMany(collection, [...new Set(FaceIds)]);
  const { By = ['IMAGE', 'EXTERNAL_IMAGE_ID'], Similarity = DEFAULT_SIMILARITY } = input;
  const found = [
    ...faces.flatMap((face) => ofFace(face, Similarity)),
    ...(Image === undefined
      ? []
      : await ofImage(services, collection, Image, By.includes('VECTOR'), Similarity)),
  ].filter(({ kind }) => By.includes(kind));
  const named = ExternalImageIds.map(
    (externalImageId) => ({ kind: 'EXTERNAL_IMAGE_ID', externalImageId }) as const,
  );
  const added = [...found, ...named];
  await refuseIfFull(services, collection, added);
  const there = new Set(faces.map(({ id }) => id));
  return {
    SuppressionIds: await records.suppressions.add(collection, added),
    FaceIdsNotFound: FaceIds.filter((id) => !there.has(id)),
  };
});

function ofFace(face: Face, similarity: number): NewSuppression[] {
  const { id, imageId, externalImageId, faceModel, vector } = face;
  return [
    { kind: 'IMAGE', imageId },
    ...(externalImageId === undefined
      ? []
      : [{ kind: 'EXTERNAL_IMAGE_ID', externalImageId } as const]),
    { kind: 'VECTOR', of: id, faceModel, vector, similarity },
  ];
}

/** @throws ServiceError InvalidParameterException where a vector is wanted and there is no face */
async function ofImage(
  { inference, images }: Services,
  { faceModel }: Collection,
  image: Parameters<Services['images']['load']>[0],
  isVectorWanted: boolean,
  similarity: number,
): Promise<NewSuppression[]> {
  const bytes = await images.load(image);
  const of = imageId(bytes);
  if (!isVectorWanted) return [{ kind: 'IMAGE', imageId: of }];
  const picture = await inference.read(bytes);
  const [face] = await inference.findFaces(picture, { limit: 1 });
  if (face === undefined) throw new ServiceError('InvalidParameterException', NO_FACES);
  const [embedding] = await inference.embed(picture, [face], faceModel);
  return [
    { kind: 'IMAGE', imageId: of },
    { kind: 'VECTOR', of, faceModel, vector: embedding!.vector, similarity },
  ];
}
