import {
  COMMON_ERRORS,
  enumeration,
  extensionContract,
  IMAGE_ERRORS,
  list,
  members,
  string,
  structure,
} from '../../../layers/protocol/index.ts';

/** `IMAGE`: the photograph, byte for byte. `VECTOR`: whoever resembles the face. */
export const SuppressionKind = enumeration('IMAGE', 'EXTERNAL_IMAGE_ID', 'VECTOR');
export const SuppressionId = string({ min: 1, max: 128 });

/**
 * Keeps faces from being indexed from now on: those of a photograph, of an ExternalImageId, and by choice
 * those of a person. What there is already stays; DeleteFaces deletes it. Suppressing by VECTOR keeps a
 * vector of the person for that purpose and no other.
 */
export const suppressFaces = extensionContract({
  name: 'SuppressFaces',
  summary: 'keeps faces from being indexed from now on',
  input: structure(
    {
      CollectionId: members.CollectionId,
      FaceIds: list(members.FaceId, { min: 1, max: 100 }),
      ExternalImageIds: list(members.ExternalImageId, { min: 1, max: 100 }),
      Image: members.Image,
      By: list(SuppressionKind, { min: 1, max: 3 }),
      Similarity: members.Percent,
    },
    ['CollectionId'],
  ),
  output: structure({
    SuppressionIds: list(SuppressionId),
    FaceIdsNotFound: list(members.FaceId),
  }),
  errors: [
    ...COMMON_ERRORS,
    ...IMAGE_ERRORS,
    'ResourceNotFoundException',
    'ServiceQuotaExceededException',
  ],
  uses: {
    records: ['BatchGetItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'],
    shards: 'none',
    images: true,
    inference: true,
    jobs: [],
  },
});
