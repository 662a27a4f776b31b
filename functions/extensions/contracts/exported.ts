/** The shapes of what is exported and imported: a collection as `docs/export-format.md` has it, line by line. */
import {
  blob,
  double,
  integer,
  list,
  members,
  string,
  structure,
} from '../../../layers/protocol/index.ts';
import { SuppressionId, SuppressionKind } from './suppress-faces.ts';

/** Since the epoch, up to the year 9999. */
const Milliseconds = double({ min: 0, max: 253_402_300_799_999 });

const Sha256 = string({ pattern: '[0-9a-f]{64}' });

/** The version of a face model, which owners name themselves. */
export const FaceModelVersion = string({ min: 1, max: 16, pattern: '[A-Za-z0-9][A-Za-z0-9.\\-]*' });
/** Of the network: two installations may call different networks by one version. */
export const FaceModelSha256 = Sha256;

export const ExportedCollection = structure({
  CollectionId: members.CollectionId,
  FaceModelVersion,
  FaceModelSha256,
  /** That FaceIds follow from, where the collection was upgraded since it began. */
  FaceIdModelVersion: FaceModelVersion,
  Dimension: integer(),
  Tags: members.TagMap,
});

/** As it is kept: positions in double precision, the vector as little-endian float32. */
export const ExportedFace = structure(
  {
    FaceId: members.FaceId,
    ImageId: members.ImageId,
    ExternalImageId: members.ExternalImageId,
    BoundingBox: structure({ Width: double(), Height: double(), Left: double(), Top: double() }, [
      'Width',
      'Height',
      'Left',
      'Top',
    ]),
    Confidence: double({ min: 0, max: 100 }),
    EmbeddingNorm: double({ min: 0 }),
    Vector: blob({ min: 4, max: 4096 }),
    /** Milliseconds since the epoch: what retention counts from. */
    IndexedAt: Milliseconds,
    MatchedAt: Milliseconds,
  },
  ['FaceId', 'ImageId', 'BoundingBox', 'Confidence', 'Vector'],
);

/** A user with its faces, in the order in which they became its own. Its vector follows from theirs. */
export const ExportedUser = structure(
  { UserId: members.UserId, FaceIds: list(members.FaceId, { max: 100 }) },
  ['UserId', 'FaceIds'],
);

/** What is kept from being indexed. Photographs and names are digests, which their id says; of a person there is a vector. */
export const ExportedSuppression = structure(
  {
    SuppressionId,
    Kind: SuppressionKind,
    AddedAt: Milliseconds,
    Similarity: double({ min: 0, max: 100 }),
    FaceModelVersion,
    FaceModelSha256,
    Vector: blob({ min: 4, max: 4096 }),
  },
  ['SuppressionId', 'Kind', 'AddedAt'],
);
