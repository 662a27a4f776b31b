import {
  COMMON_ERRORS,
  enumeration,
  extensionContract,
  IMAGE_ERRORS,
  integer,
  list,
  members,
  string,
  structure,
  timestamp,
} from '../../../layers/protocol/index.ts';
import { FaceModelVersion } from './exported.ts';

const FaceWithoutVector = structure({
  FaceId: members.FaceId,
  ImageId: members.ImageId,
  ExternalImageId: members.ExternalImageId,
});

const EmbeddedFace = structure({
  FaceId: members.FaceId,
  /** `NOT_IN_PHOTOGRAPH`: the photograph does not show it. `NOT_FOUND`: there is no such face any more. */
  Outcome: enumeration('EMBEDDED', 'NOT_IN_PHOTOGRAPH', 'NOT_FOUND'),
});

const Upgrade = structure({
  /** That it leads to. */
  FaceModelVersion,
  State: enumeration('FACES', 'PREPARING', 'READY', 'KEPT', 'CLEARING'),
  StartTimestamp: timestamp,
  /** Known when it is `READY`; of one that is `KEPT` how many were kept when the sweep last counted. */
  FacesWithoutVector: integer(),
  /** Users all of whose faces are among them. */
  UsersWithoutVector: integer(),
  /** Of one that is `KEPT`: in which face model faces without a vector go on answering. */
  KeptFaceModelVersion: FaceModelVersion,
  /** Of one that is `KEPT` or `CLEARING`. */
  Outcome: enumeration('COMMITTED', 'ABORTED'),
});

/**
 * Changes a collection to another face model, with the photographs that its faces were made from. FaceIds and users
 * stay; the vectors there are answer until the switch, which is one step; until then it can be aborted. Every
 * action may be repeated. Without one it says how far the upgrade is.
 */
export const upgradeCollection = extensionContract({
  name: 'UpgradeCollection',
  summary: 'changes a collection to another face model, from its photographs',
  input: structure(
    {
      CollectionId: members.CollectionId,
      Action: enumeration('BEGIN', 'LIST', 'EMBED', 'PREPARE', 'COMMIT', 'ABORT'),
      /** BEGIN: the face model that it leads to. */
      FaceModelVersion,
      /** LIST: faces that have no vector of that face model yet. */
      NextToken: string(),
      MaxResults: integer({ min: 1, max: 4096 }),
      /** EMBED: a photograph, and which faces it may show. */
      Image: members.Image,
      FaceIds: list(members.FaceId, { min: 1, max: 100 }),
      /** COMMIT: what becomes of faces without a vector. `REFUSE` without it. */
      Missing: enumeration('REFUSE', 'KEEP', 'DROP'),
    },
    ['CollectionId'],
  ),
  output: structure({
    /** Of the vectors that answer. */
    FaceModelVersion: string(),
    /** Nothing where there is none. */
    Upgrade,
    Faces: list(FaceWithoutVector),
    NextToken: string(),
    EmbeddedFaces: list(EmbeddedFace),
  }),
  errors: [
    ...COMMON_ERRORS,
    ...IMAGE_ERRORS,
    'ConflictException',
    'InvalidPaginationTokenException',
    'ResourceNotFoundException',
  ],
  uses: {
    records: [
      'BatchGetItem',
      'ConditionCheckItem',
      'DeleteItem',
      'GetItem',
      'PutItem',
      'Query',
      'UpdateItem',
    ],
    shards: 'none',
    images: true,
    inference: true,
    jobs: ['fold'],
  },
});
