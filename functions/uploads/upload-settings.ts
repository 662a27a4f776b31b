/**
 * How an object is to be indexed, from its metadata:
 *
 * | metadata                         |                                                              |
 * |----------------------------------|--------------------------------------------------------------|
 * | `x-amz-meta-external-image-id`   | the ExternalImageId; else it is made from the key            |
 * | `x-amz-meta-max-faces`           | MaxFaces of IndexFaces                                       |
 * | `x-amz-meta-quality-filter`      | QualityFilter of IndexFaces                                  |
 * | `x-amz-meta-user-id`             | the user with whom the largest face is associated            |
 */
import type { QualityFilter } from '../../layers/inference/index.ts';
import { members } from '../../layers/protocol/index.ts';
import { RejectedError } from './rejection.ts';

export interface UploadSettings {
  readonly externalImageId: string | undefined;
  readonly maxFaces: number | undefined;
  readonly qualityFilter: QualityFilter | undefined;
  readonly userId: string | undefined;
}

/** The model's ExternalImageId and UserId. */
const EXTERNAL_IMAGE_ID = /^[a-zA-Z0-9_.:-]{1,255}$/;
const USER_ID = /^[a-zA-Z0-9_.:-]{1,128}$/;
const LARGEST_INTEGER = 2 ** 31 - 1;

/**
 * @param metadata by name without `x-amz-meta-`, in lower case
 * @throws RejectedError InvalidMetadata, with everything that is wrong
 */
export function readUploadSettings(metadata: Readonly<Record<string, string>>): UploadSettings {
  const externalImageId = metadata['external-image-id'];
  const maxFaces = metadata['max-faces'];
  const filter = metadata['quality-filter'];
  const userId = metadata['user-id'];
  const qualityFilter = members.QualityFilter.values?.find((value) => value === filter);
  const problems = [
    ...(externalImageId === undefined || EXTERNAL_IMAGE_ID.test(externalImageId)
      ? []
      : ['external-image-id must have 1 to 255 letters, digits, "_", ".", "-" and ":"']),
    ...(maxFaces === undefined || isPositiveInteger(maxFaces)
      ? []
      : ['max-faces must be a whole number from 1 on']),
    ...(filter === undefined || qualityFilter !== undefined
      ? []
      : [`quality-filter must be one of ${members.QualityFilter.values?.join(', ')}`]),
    ...(userId === undefined || USER_ID.test(userId)
      ? []
      : ['user-id must have 1 to 128 letters, digits, "_", ".", "-" and ":"']),
  ];
  if (problems.length > 0) {
    throw new RejectedError('InvalidMetadata', `In the metadata ${problems.join('; ')}.`);
  }
  return {
    externalImageId,
    maxFaces: maxFaces === undefined ? undefined : Number(maxFaces),
    qualityFilter,
    userId,
  };
}

function isPositiveInteger(text: string): boolean {
  return /^[1-9]\d{0,9}$/.test(text) && Number(text) <= LARGEST_INTEGER;
}
