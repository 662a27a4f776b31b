/** The face model of a collection, chosen by a tag when it is created. */
import type { FaceModel, FaceModels } from '../../layers/inference/index.ts';
import { ServiceError } from '../../layers/protocol/index.ts';

export const FACE_MODEL_TAG = 'recollect:face-model';

type Tags = Readonly<Record<string, string>>;

/** @throws FaceModelMissingError when the tag names one that collections cannot have */
export function chosenFaceModel(faceModels: FaceModels, tags: Tags): FaceModel {
  return faceModels.get(tags[FACE_MODEL_TAG] ?? faceModels.default);
}

/**
 * The vectors of a collection are those of the face model that it was created with.
 * @throws ServiceError InvalidParameterException when the tags say another
 */
export function refuseOtherFaceModel(faceModel: string, tags: Tags): void {
  const requested = tags[FACE_MODEL_TAG];
  if (requested === undefined || requested === faceModel) return;
  throw new ServiceError(
    'InvalidParameterException',
    `The collection has the face model ${faceModel}; upgrade it to ${requested} (recollect upgrade-collection), or create another collection with the tag ${FACE_MODEL_TAG}=${requested}.`,
  );
}
